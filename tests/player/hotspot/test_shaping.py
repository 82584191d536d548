from __future__ import annotations

from player.hotspot.shaping import class_of, render_shaping
from tests.player.hotspot.plans import PLAN


def test_each_visit_has_its_class_on_both_interfaces() -> None:
    for interface in ("wlan0", "eth0"):
        classes = [line for line in render_shaping(PLAN).splitlines() if f"dev {interface} parent 1:1 classid" in line]
        assert [line.split("classid ")[1].split()[0] for line in classes] == [
            class_of(number) for number in range(1, 9)
        ]
        assert all("rate 2500kbit ceil 4000kbit" in line for line in classes)


def test_one_phone_gets_no_more_than_all_together() -> None:
    slow = PLAN.model_copy(update={"all_kbit": 1000, "phone_kbit": 4000, "most_phones": 1})
    assert "rate 1000kbit ceil 1000kbit" in render_shaping(slow)
