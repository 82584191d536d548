"""The venue types that buildings with elevators have, by their OpenOOH id (ids never change; their names do)."""

from __future__ import annotations

VENUE_TYPES: dict[int, tuple[str, str]] = {
    70101: ("Office building: elevator", "写字楼电梯"),
    70102: ("Office building: lobby", "写字楼大堂"),
    110102: ("Residential building: elevator", "住宅电梯"),
    110101: ("Residential building: lobby", "住宅大堂"),
    80702: ("Hotel: elevator", "酒店电梯"),
    205: ("Mall", "商场"),
    20501: ("Mall: concourse", "商场通道"),
    20502: ("Mall: food court", "商场美食广场"),
    208: ("Parking garage", "停车楼"),
    504: ("Hospital", "医院"),
    501: ("Doctor's office", "诊所"),
    601: ("School", "学校"),
    602: ("College or university", "高校"),
    106: ("Train station", "火车站"),
    105: ("Subway", "地铁"),
}
