"""The frozen part of a plan: the next version differs at the end of a spot, and repeats the old one until then."""

from __future__ import annotations

from datetime import date

import pytest

from media.daytable import HOUSE, OFF
from media.fillers import Rank
from media.wire.timeline import Filler
from server.planner.model.days import LocalDay, local_day
from server.timelines.frozen import effective_ms, frozen_day, same_day
from tests.player.timelines import DAY_MS, MONDAY_MS, SLOT_MS, a_timeline

FREEZE_MS = 60_000
HOUSE_FILLERS = (Filler(item="h", rank=Rank.HOUSE),)


def monday() -> LocalDay:
    day = local_day("UTC", date(2026, 3, 2))
    assert day is not None
    return day


def first_change(plan: tuple[str, ...], now_ms: int) -> int:
    """When a new version may first differ, counted from Monday's midnight."""
    at = effective_ms(a_timeline(plan), monday(), now_ms=MONDAY_MS + now_ms, freeze_ms=FREEZE_MS, slot_ms=SLOT_MS)
    return at - MONDAY_MS


@pytest.mark.parametrize(
    ("now_ms", "change_ms"),
    [
        (0, 60_000),  # the freeze ends where a spot begins
        (1, 70_000),  # a millisecond later that spot has begun, and is shown to its end
        (9_999, 70_000),
        (10_000, 70_000),
    ],
)
def test_a_new_version_differs_first_at_the_end_of_a_spot(now_ms: int, change_ms: int) -> None:
    assert first_change(("a", "b"), now_ms) == change_ms


@pytest.mark.parametrize(("now_ms", "change_ms"), [(0, 60_000), (1, 65_000), (4_999, 65_000), (5_000, 65_000)])
def test_in_unsold_and_dark_time_it_differs_at_the_next_slot(now_ms: int, change_ms: int) -> None:
    assert first_change(("off",), now_ms) == change_ms


def test_a_screen_without_a_timeline_changes_in_its_present_slot() -> None:
    given = {"now_ms": MONDAY_MS + 12_345, "freeze_ms": FREEZE_MS, "slot_ms": SLOT_MS}
    assert effective_ms(None, monday(), **given) == MONDAY_MS + 10_000


def test_a_freeze_past_midnight_ends_with_the_spot_of_the_next_day() -> None:
    old = a_timeline(("a", "b"), days=2)
    at = effective_ms(old, monday(), now_ms=MONDAY_MS + DAY_MS - 1, freeze_ms=FREEZE_MS, slot_ms=SLOT_MS)
    assert at == MONDAY_MS + DAY_MS + 60_000


def test_the_old_table_is_reused_with_its_basis_where_unsold_time_is_filled_the_same() -> None:
    old = a_timeline(("a", "house"))
    day = frozen_day(
        old, {"2026-03-02": "basis"}, monday(), until_ms=MONDAY_MS + 1, slot_ms=SLOT_MS, fillers=HOUSE_FILLERS
    )
    assert day is not None
    assert (day.table, day.until, day.basis) == (*old.tables.values(), 1, "basis")


def test_new_fillers_leave_the_past_written_out_spot_by_spot() -> None:
    old = a_timeline(("a", "house", "off"))
    fillers = (Filler(item="new", rank=Rank.HOUSE),)
    day = frozen_day(
        old, {"2026-03-02": "basis"}, monday(), until_ms=MONDAY_MS + 30_000, slot_ms=SLOT_MS, fillers=fillers
    )
    assert day is not None
    assert (day.until, day.basis) == (6, "")
    assert [day.table.item_at(slot) for slot in range(7)] == ["a", "a", "h", "h", None, None, None]
    assert list(day.table.slots[4:7]) == [OFF, OFF, HOUSE]


def test_a_day_that_has_not_begun_keeps_its_table_under_new_fillers() -> None:
    fillers = (Filler(item="new", rank=Rank.HOUSE),)
    old = a_timeline(("a", "house"))
    day = frozen_day(old, {}, monday(), until_ms=MONDAY_MS - 1, slot_ms=SLOT_MS, fillers=fillers)
    assert day is not None
    assert (day.table, day.until, day.basis) == (*old.tables.values(), 0, "")


def test_a_new_screen_was_off_until_now_and_a_future_day_has_no_previous_plan() -> None:
    day = frozen_day(None, {}, monday(), until_ms=MONDAY_MS + 11_000, slot_ms=SLOT_MS, fillers=())
    assert day is not None
    assert (day.until, list(day.table.slots[:4])) == (3, [OFF, OFF, OFF, HOUSE])
    assert frozen_day(None, {}, monday(), until_ms=MONDAY_MS, slot_ms=SLOT_MS, fillers=()) is None


def test_a_day_whose_zone_changed_is_another_day() -> None:
    shanghai = local_day("Asia/Shanghai", date(2026, 3, 2))
    assert shanghai is not None
    assert same_day(a_timeline(), shanghai) is None
    assert same_day(a_timeline(), monday()) is not None
