from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from media.daytable import HOUSE, OFF, DayTable
from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import WeeklySpan, days_from
from server.planner.model.problem import (
    Apart,
    HouseItem,
    Notice,
    PlanCreative,
    PlanScreen,
    PreviousPlan,
    ScreenDay,
    Shown,
)
from server.planner.plan import plan, split_by_weight
from server.planner.sequence.demand_lines import catalogue_of, lines_of
from tests.server.planner.world import (
    DAY_SLOTS,
    MONDAY,
    SLOT_MS,
    booking,
    house_slots,
    input_of,
    neighbours,
    off_slots,
    planned,
    spots,
    table_of,
    times,
)

MORNING = (WeeklySpan(0, 420, 600),)
MONDAY_MS = 1_772_409_600_000


def test_nothing_booked_is_house_content_all_day() -> None:
    table = table_of()
    assert set(table.slots) == {HOUSE}
    assert not any(table.starts)


def test_a_share_is_that_percent_of_the_time() -> None:
    table = table_of(booking("a", 12.5))
    assert times(table, "a") * 2 == DAY_SLOTS // 8
    assert house_slots(table) == DAY_SLOTS * 7 // 8


def test_a_share_of_a_daypart_is_a_share_of_that_daypart() -> None:
    table = table_of(booking("a", 25, dayparts=MORNING))
    assert times(table, "a") * 2 == 3 * 720 // 4
    assert all(first >= 420 * 12 and end <= 600 * 12 for first, end, _ in spots(table))


def test_plays_per_day_are_exact() -> None:
    table = table_of(booking("a", 333, goal_kind="plays_per_day"), booking("b", 97, goal_kind="plays_per_day", slots=3))
    assert (times(table, "a"), times(table, "b")) == (333, 97)


def test_spots_are_evenly_spaced() -> None:
    firsts = [first for first, _, _ in spots(table_of(booking("a", 10)))]
    gaps = {b - a for a, b in itertools.pairwise(firsts)}
    assert max(gaps) - min(gaps) <= 3


def test_no_two_of_one_advertiser_in_a_row() -> None:
    pairs = [booking(f"{name}{n}", 15, advertiser=name) for name in "abc" for n in range(2)]
    assert all(a[0] != b[0] for a, b in neighbours(table_of(*pairs)))


def test_another_booked_spot_separates_before_house_content_does() -> None:
    others = (booking("b", 26), booking("c", 26))
    table = table_of(booking("a0", 24, advertiser="a"), booking("a1", 24, advertiser="a"), *others)
    assert all(a[0] != b[0] for a, b in neighbours(table))
    assert house_slots(table) <= 2


def test_where_time_is_too_short_to_keep_an_advertiser_apart_house_content_separates_and_no_more() -> None:
    table = table_of(booking("a", 48), booking("b", 52))
    assert all(a[0] != b[0] for a, b in neighbours(table))
    # With a's spots and x of b, b needs x - 1 separators of which a gives all it has: 2x + 2a + (x - 1 - a) slots.
    a = times(table, "a")
    assert times(table, "b") == (DAY_SLOTS + 1 - a) // 3


def test_house_content_separates_an_advertiser_who_is_alone() -> None:
    table = table_of(booking("a", 40))
    assert neighbours(table) == []
    assert times(table, "a") * 2 == DAY_SLOTS * 2 // 5


def test_an_advertiser_that_bought_all_the_time_gets_all_the_time() -> None:
    table = table_of(booking("a", 100))
    assert house_slots(table) == 0
    assert times(table, "a") == DAY_SLOTS // 2


def test_spots_that_distances_cost_an_advertiser_are_reported() -> None:
    [short] = planned(booking("a", 80)).shortfalls
    assert (short.booking, short.why, short.booked) == ("a", "no_room", 6912)
    assert short.planned == DAY_SLOTS // 3


def test_more_than_all_the_time_is_scaled_down_alike_and_reported() -> None:
    result = planned(booking("a", 75), booking("b", 75))
    table = result.days[0].table
    assert times(table, "a") == times(table, "b") == DAY_SLOTS // 4
    assert house_slots(table) == 0
    assert {(short.booking, short.why) for short in result.shortfalls} == {("a", "overbooked"), ("b", "overbooked")}


def test_only_the_hours_that_are_overbooked_are_scaled_down() -> None:
    result = planned(booking("a", 80, dayparts=MORNING), booking("b", 40), booking("c", 20))
    afternoon = [item for first, _, item in spots(result.days[0].table) if first >= 600 * 12]
    assert afternoon.count("b-a") * 2 == pytest.approx(0.4 * 14 * 720, abs=6)


def test_creative_weights_are_honoured_within_a_campaign() -> None:
    creatives = (PlanCreative("a-1", 3, 2), PlanCreative("a-2", 1, 2), PlanCreative("a-3", 1, 2))
    order = [item for _, _, item in spots(table_of(booking("a", 20, creatives=creatives)))]
    assert [order.count(f"a-{n}") for n in (1, 2, 3)] == split_by_weight(len(order), [3, 1, 1])
    for first in range(0, len(order) - 5, 5):
        assert order[first : first + 5].count("a-1") == 3


def test_creatives_of_different_lengths_share_the_time_they_bought() -> None:
    creatives = (PlanCreative("a-1", 1, 1), PlanCreative("a-2", 1, 5))
    table = table_of(booking("a", 30, creatives=creatives))
    assert sum(end - first for first, end, _ in spots(table)) == pytest.approx(0.3 * DAY_SLOTS, abs=5)


def test_spots_stay_whole_and_cross_no_edge() -> None:
    parts = tuple(WeeklySpan(0, start, start + 7) for start in range(0, 1430, 20))
    table = table_of(booking("a", 50, slots=4, dayparts=parts), booking("b", 30, slots=3))
    assert all(end - first == (4 if item == "a-a" else 3) for first, end, item in spots(table))
    inside = [(part.from_min * 12, part.until_min * 12) for part in parts]
    for first, end, item in spots(table):
        assert item == "b-a" or any(a <= first and end <= b for a, b in inside)


@pytest.mark.parametrize("slots", [2, 3, 5, 7])
def test_a_spot_reaches_whole_over_where_anothers_time_begins(slots: int) -> None:
    others = (booking(f"b{n}", 3, dayparts=(WeeklySpan(0, 7 * n + 1, 700 + n),)) for n in range(8))
    shown = spots(table_of(booking("a", 60, slots=slots, advertiser="a"), booking("c", 15, slots=slots), *others))
    assert {end - first for first, end, item in shown if item in ("a-a", "c-a")} == {slots}


def test_a_daypart_too_short_for_the_spot_is_reported() -> None:
    result = planned(booking("a", 100, slots=12, dayparts=tuple(WeeklySpan(0, h * 60, h * 60 + 1) for h in range(5))))
    assert result.shortfalls == ()
    result = planned(booking("a", 100, slots=13, dayparts=tuple(WeeklySpan(0, h * 60, h * 60 + 1) for h in range(5))))
    assert [(short.why, short.booked, short.planned) for short in result.shortfalls] == [("too_short", 5, 0)]


def test_closed_hours_are_off_and_a_goal_for_them_is_reported() -> None:
    hours = (WeeklySpan(0, 600, 1200),)
    result = planned(booking("a", 100, goal_kind="plays_per_day", dayparts=MORNING), booking("b", 20), hours=hours)
    table = result.days[0].table
    assert off_slots(table) == DAY_SLOTS - 7200
    assert all(first >= 7200 and end <= 14400 for first, end, _ in spots(table))
    assert [(short.booking, short.why, short.booked) for short in result.shortfalls] == [("a", "closed", 100)]


def test_a_flight_begins_and_ends_at_midnight() -> None:
    result = planned(booking("a", 10, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 4)), days=4)
    assert [times(day.table, "a") > 0 for day in result.days] == [False, True, True, False]


def test_nothing_is_owed_for_the_time_before_it_was_booked() -> None:
    result = planned(booking("a", 480, goal_kind="plays_per_day", since_ms=MONDAY_MS + 18 * 3_600_000))
    assert sum(count.booked for count in result.days[0].counts) == 120
    assert min(first for first, _, _ in spots(result.days[0].table)) >= 18 * 720


def test_notices_share_what_is_reserved_and_leave_it_when_there_are_none() -> None:
    notices = tuple(Notice(f"n{n}", 2, 0) for n in range(2))
    sold = [booking(name, 30) for name in "abc"]
    table = table_of(*sold, notices=notices, reserved=Fraction(1, 10))
    assert [times(table, f"n{n}") for n in range(2)] == [432, 432]
    assert house_slots(table) <= 2
    assert house_slots(table_of(*sold, reserved=Fraction(1, 10))) == DAY_SLOTS // 10


def test_a_takeover_leaves_the_venues_own_notices_no_time() -> None:
    table = table_of(booking("a", 100), notices=(Notice("n", 2, 0),), reserved=Fraction(1, 10))
    assert times(table, "a") == DAY_SLOTS // 2


def test_a_notice_shows_between_its_instants_only_and_at_once() -> None:
    noon = MONDAY_MS + 12 * 3_600_000
    notice = Notice("n", 2, noon, until_ms=noon + 1_800_000)
    table = table_of(booking("a", 60), notices=(notice,), reserved=Fraction(1, 10))
    mine = [first for first, _, item in spots(table) if item == "n"]
    assert 0 <= mine[0] - 8640 <= 3
    assert mine[-1] + 2 <= 8640 + 360


def test_the_venues_share_without_reserve_leaves_notices_out() -> None:
    assert times(table_of(notices=(Notice("n", 2, 0),), reserved=Fraction(0)), "n") == 0


def test_the_same_input_has_the_same_result_to_the_byte() -> None:
    plan_input = input_of(booking("a", 20), booking("b", 35, slots=3), booking("c", 10), days=3)
    first, second = plan(plan_input), plan(plan_input)
    assert [day.table.encoded for day in first.days] == [day.table.encoded for day in second.days]
    assert first == second


def test_the_order_in_which_bookings_are_given_does_not_matter() -> None:
    one, other = booking("a", 20), booking("b", 35, slots=3)
    assert table_of(one, other).encoded == table_of(other, one).encoded


def test_a_day_whose_basis_stays_keeps_its_table() -> None:
    [day] = planned(booking("a", 20)).days
    [again] = planned(booking("a", 20), previous=PreviousPlan(day.table, 5000, day.basis)).days
    assert again.unchanged
    assert again.table is day.table


def test_where_all_is_sold_a_new_booking_takes_the_place_of_surplus_spots() -> None:
    before = table_of(booking("a", 50), booking("b", 50))
    changed_input = input_of(booking("a", 50), booking("b", 40), booking("c", 10), previous=PreviousPlan(before, 0, ""))
    after = plan(changed_input).days[0].table
    changed = [slot for slot in range(DAY_SLOTS) if after.item_at(slot) != before.item_at(slot)]
    assert {(before.item_at(slot), after.item_at(slot)) for slot in changed} == {("b-a", "c-a")}
    assert len(changed) == 2 * times(after, "c") == DAY_SLOTS // 10


def test_fixed_slots_stay_as_they_are() -> None:
    [day] = planned(booking("a", 20), booking("b", 30)).days
    until = next(first for first, _, _ in spots(day.table) if first > 5000)
    [new] = planned(booking("a", 20), booking("c", 60), previous=PreviousPlan(day.table, until, day.basis)).days
    assert not new.unchanged
    assert [new.table.item_at(slot) for slot in range(until)] == [day.table.item_at(slot) for slot in range(until)]
    assert bytes(new.table.starts[:until]) == bytes(day.table.starts[:until])
    assert all(item != "b-a" for first, _, item in spots(new.table) if first >= until)


def test_a_change_at_noon_causes_no_burst_and_keeps_daily_goals_exact() -> None:
    a = booking("a", 400, goal_kind="plays_per_day")
    [day] = planned(a).days
    [new] = planned(a, booking("b", 30), previous=PreviousPlan(day.table, 8640, day.basis)).days
    assert times(new.table, "a") == 400
    hour = [first for first, _, item in spots(new.table) if item == "b-a" and 8640 <= first < 8640 + 720]
    assert len(hour) * 2 == pytest.approx(0.3 * 720, abs=4)


def test_house_showings_are_whole() -> None:
    table = table_of(booking("a", 30), booking("b", 25, slots=3), house=(HouseItem("h0", 2), HouseItem("h1", 3)))
    cut, slot = 0, 0
    while slot < len(table.slots):
        first, end = table.run_at(slot)
        if table.slots[slot] == HOUSE:
            cut += not _is_whole(end - first, table.house_runs_before(slot))
        slot = end
    assert cut <= 1


def _is_whole(length: int, run: int) -> bool:
    place = run
    while length > 0:
        length -= (2, 3)[place % 2]
        place += 1
    return length == 0


def test_midnight_does_not_bring_two_of_one_advertiser_together() -> None:
    result = planned(*(booking(name, 25) for name in "abcd"), days=3)
    for before, after in zip(result.days, result.days[1:], strict=False):
        assert spots(before.table)[-1][2] != spots(after.table)[0][2]


APART = Apart(creative=1, advertiser=5)


def test_a_change_keeps_apart_from_what_the_day_before_ends_with() -> None:
    [day] = planned(booking("x", 20), booking("y", 20), apart=APART).days
    first = spots(day.table)[0][2]
    yesterday = (Shown(first, ago=0),)
    [new] = planned(
        booking("x", 20), booking("y", 20), booking("z", 1), apart=APART, lately=yesterday,
        previous=PreviousPlan(day.table, 0, day.basis),
    ).days  # fmt: skip
    assert next(begin for begin, _, item in spots(new.table) if item == first) >= APART.advertiser
    assert times(new.table, "z") == times(table_of(booking("z", 1)), "z")


def test_a_new_booking_keeps_its_distance_to_fixed_spots_of_its_advertiser() -> None:
    old, rest = booking("old", 20, advertiser="one"), booking("rest", 30)
    [day] = planned(old, rest, apart=APART).days
    until = next(end for first, end, item in spots(day.table) if item == "old-a" and first > 5000)
    new, over = booking("new", 20, advertiser="one"), replace(old, ends_on=MONDAY - timedelta(days=1))
    [changed] = planned(new, rest, over, apart=APART, previous=PreviousPlan(day.table, until, day.basis)).days
    assert next(first for first, _, item in spots(changed.table) if item == "new-a") >= until + APART.advertiser


def test_the_short_last_slot_of_a_day_is_house_content() -> None:
    table = table_of(booking("a", 100, slots=1), slot_ms=7000)
    assert len(table.slots) == 12343
    assert table.slots[12342] == HOUSE
    assert times(table, "a") == 12342


def test_a_clock_change_day_is_planned_to_its_own_length() -> None:
    result = planned(booking("a", 50), zone="Europe/Berlin", first=date(2026, 3, 29))
    assert len(result.days[0].table.slots) == 23 * 720
    assert times(result.days[0].table, "a") * 2 == 23 * 360


def test_screens_with_equal_input_share_one_result() -> None:
    plan_input = input_of(booking("a", 20))
    twin = plan_input.screens[0].__class__(**{**plan_input.screens[0].__dict__, "id": "twin"})
    result = plan(plan_input.__class__(plan_input.slot_ms, plan_input.bookings, (*plan_input.screens, twin)))
    assert result.days[0].table is result.days[1].table


def test_off_is_never_left_between_spots() -> None:
    assert OFF not in table_of(booking("a", 37), booking("b", 21, slots=3)).slots


def minutes_with(item: str, table: DayTable) -> int:
    """In how many of the day's minutes a spot of this item begins."""
    return len({first // 12 for first, _, shown in spots(table) if shown == item})


@pytest.mark.parametrize("sold", [(), (("a", 60),), (("a", 50), ("b", 50)), (("a", 100),)])
def test_a_notice_of_every_minute_is_shown_in_every_minute_whatever_is_sold(sold: tuple[tuple[str, int], ...]) -> None:
    bookings = [booking(name, share) for name, share in sold]
    table = table_of(*bookings, notices=(Notice("n", 2, 0, every_minute=True),), reserved=Fraction(0))
    assert minutes_with("n", table) == 1440


def test_a_notice_of_every_minute_leaves_campaigns_what_is_not_its_own() -> None:
    notice = Notice("n", 2, 0, every_minute=True)
    table = table_of(booking("a", 60), notices=(notice,), reserved=Fraction(0))
    assert times(table, "a") == times(table_of(booking("a", 60), reserved=Fraction(0)), "a")


def test_campaigns_have_all_their_time_between_notices_of_every_minute() -> None:
    until, late = MONDAY_MS + 14 * 60_000, MONDAY_MS + 23 * 3_600_000
    notices = (
        Notice("m", 1, MONDAY_MS, until_ms=until, every_minute=True),
        Notice("n", 2, MONDAY_MS + 15_000, until_ms=until, every_minute=True),
        Notice("o", 2, late, every_minute=True),
    )
    hours = tuple((hour * 720, (hour + 1) * 720, 360) for hour in range(24))
    [day] = days_from("UTC", MONDAY, 1)
    screen_day = ScreenDay(day, ((0, 24 * 720),), Row.of([Allotted("a", 24 * 360, hours)]))
    catalogue = catalogue_of([booking("a", 100)], notices)
    lines = lines_of(PlanScreen("screen", (), notices=notices), screen_day, catalogue, SLOT_MS)
    owed = lines.parts[: lines.part_of[1], 2].tolist()
    assert owed[1:23] == [360] * 22
    assert max(owed[0], owed[23]) < 360


def test_a_notice_of_every_minute_ends_at_its_instant() -> None:
    noon = MONDAY_MS + 12 * 3_600_000
    table = table_of(notices=(Notice("n", 2, noon, until_ms=noon + 90_000, every_minute=True),), reserved=Fraction(0))
    shown = [(first, end) for first, end, item in spots(table) if item == "n"]
    assert shown
    assert all(first >= 8640 and end <= 8640 + 18 for first, end in shown)
