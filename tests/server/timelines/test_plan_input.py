from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from server.campaigns.models import NoticeRun
from server.creatives.models import Creative
from server.db import reading, to_ms, transaction
from server.planner.model.problem import Apart, PlanInput
from server.timelines.plan_input import plan_input, window_of
from server.timelines.venue_snapshot import read_snapshot
from tests.factories import saved
from tests.server.timelines.world import NOON, World, add_creative, later

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("zone", "first", "lengths_h"),
    [
        ("UTC", date(2026, 3, 28), [24, 24, 24]),
        ("Asia/Shanghai", date(2026, 3, 29), [24, 24, 24]),
        ("Europe/Berlin", date(2026, 3, 28), [24, 23, 24]),
    ],
)
def test_a_window_is_today_where_the_venue_is_and_whole_days_after_it(
    zone: str, first: date, lengths_h: list[int]
) -> None:
    at = datetime(2026, 3, 28, 20, tzinfo=UTC)
    window = window_of(zone, now_ms=to_ms(at), days_ahead=2)
    assert window.days[0].on == first
    assert [(day.ends_ms - day.starts_ms) // 3_600_000 for day in window.days] == lengths_h
    assert window.days[0].starts_ms <= to_ms(at) < window.days[0].ends_ms
    assert window.yesterday is not None
    assert window.yesterday.ends_ms == window.days[0].starts_ms


def test_where_a_date_was_left_out_the_day_before_is_the_one_before_that() -> None:
    """Samoa had no 30 December 2011: the day before the 31st there is the 29th, and it ends where that begins."""
    window = window_of("Pacific/Apia", now_ms=to_ms(datetime(2011, 12, 30, 12, tzinfo=UTC)), days_ahead=0)
    assert window.days[0].on == date(2011, 12, 31)
    assert window.yesterday is not None
    assert window.yesterday.on == date(2011, 12, 29)


def read(world: World, *, apart: Apart = Apart(0, 0, 0), at: datetime = NOON) -> PlanInput:  # noqa: B008  frozen
    window = window_of("UTC", now_ms=to_ms(at), days_ahead=1)
    with reading(world.engine) as db:
        snapshot = read_snapshot(db, world.venue, days=[day.on for day in window.days], now=at)
    old = {world.screen.id: world.timeline()} if snapshot.newest else {}
    return plan_input(
        snapshot,
        old,
        window,
        fillers={world.screen.id: ()},
        effective={world.screen.id: to_ms(at)},
        slot_ms=5000,
        apart=apart,
    )


def test_a_booking_without_a_ready_creative_is_no_part_of_the_input(world: World) -> None:
    campaign = world.book()
    world.publish()
    assert [booking.id for booking in read(world).bookings] == [campaign.id]
    with transaction(world.engine) as db:
        (creative,) = read(world).bookings[0].creatives
        db.get_one(Creative, creative.item.partition("-")[0]).state = "archived"
    given = read(world)
    assert given.bookings == ()
    assert [len(day.allotted) for day in given.screens[0].days] == [0, 0]


def test_a_notice_is_fresh_until_a_timeline_has_it(world: World) -> None:
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", length_ms=12_000)
        saved(db, NoticeRun(creative_id=notice.id, venue_id=world.venue.id, from_at=NOON))
    (before,) = read(world).screens[0].notices
    assert (before.slots, before.until_ms, before.fresh) == (3, None, False), "there is no timeline yet"
    with transaction(world.engine) as db:
        second = add_creative(db, kind="notice")
    world.publish()
    with transaction(world.engine) as db:
        saved(db, NoticeRun(creative_id=second.id, venue_id=world.venue.id, from_at=NOON, until_at=later(hours=1)))
    assert {notice.item: notice.fresh for notice in read(world).screens[0].notices} == {
        before.item: False,
        second.id: True,
    }


def test_yesterdays_last_items_count_as_far_back_as_distances_reach(world: World) -> None:
    world.publish()
    tomorrow = later(hours=13)
    (screen,) = read(world, apart=Apart(0, 3, 2), at=tomorrow).screens
    assert 0 < len(screen.lately) <= 3
    assert all(0 <= shown.ago < 3 for shown in screen.lately)
    assert len({shown.item for shown in screen.lately}) == len(screen.lately)
    assert read(world, at=tomorrow).screens[0].lately == ()
