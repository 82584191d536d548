"""A class's plays reach its places evenly, regardless of what these had before; and plays that may stay do not move."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from server.planner.allocate.network_plan import RowOf, allotted_places, changed_classes, plan_network
from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import ALWAYS, Range, WeeklySpan, local_day
from server.planner.model.network import NetworkDay, Order, Place, Profile, Rank
from server.planner.model.problem import Apart
from tests.server.planner.world import DAY_SLOTS, MONDAY, SLOT_MS

DAY = local_day("UTC", MONDAY)
assert DAY is not None
HOUR = 720
ALL_DAY = ((0, DAY_SLOTS),)
SHARE = {"share": Fraction(30, 100), "rank": Rank.SHARE, "slots": Fraction(2)}


def order(name: str, **more: Any) -> Order:
    given = {"rank": Rank.GUARANTEED, "advertiser": name, "category": "", "slots": Fraction(1), "dayparts": ALWAYS}
    return Order(booking=name, **given | more)


def building(screens: int, *orders: Order, opened: tuple[Range, ...] = ALL_DAY) -> NetworkDay:
    places = [Place(f"s{n:02}", 0, frozenset()) for n in range(screens)]
    return NetworkDay(SLOT_MS, orders, (Profile(DAY, opened),), places, Apart(0, 0, 0))


def rows(day: NetworkDay, before: RowOf | None = None) -> dict[str, Row]:
    return dict(allotted_places(plan_network(day, before)))


def plays(rows_of: RowOf, booking: str) -> list[int]:
    """Of a booking on each place's day."""
    return [
        sum(part[2] for entry in row if entry.booking == booking for part in entry.parts) for row in rows_of.values()
    ]


def rows_by_hand(booking: str, counts: list[int]) -> dict[str, Row]:
    return {f"s{n:02}": Row.of([Allotted(booking, count, ((0, DAY_SLOTS, count),))]) for n, count in enumerate(counts)}


def test_a_share_is_the_same_on_screens_that_are_added_later() -> None:
    share, before = order("a", **SHARE), None
    for screens in (3, 6, 12):
        before = rows(building(screens, share), before)
        assert plays(before, "a") == [DAY_SLOTS * 30 // 100 // 2] * screens
        assert {(entry.wanted, entry.why) for row in before.values() for entry in row} == {(2592, "")}


def test_a_class_that_was_dealt_unevenly_is_dealt_evenly_though_its_total_is_right() -> None:
    uneven = rows_by_hand("a", [5184] * 3 + [2592] * 3 + [1296] * 6)
    assert plays(rows(building(12, order("a", **SHARE)), uneven), "a") == [2592] * 12


def test_screens_that_have_what_is_theirs_keep_their_rows_when_others_are_added() -> None:
    sold = order("a", **SHARE), order("b", each=Fraction(500))
    before = rows(building(3, *sold))
    after = rows(building(6, *sold), before)
    assert {place: after[place] for place in before} == before


@pytest.mark.parametrize(("had", "wanted"), [([4, 3, 3], 11), ([3, 3, 4], 11), ([3, 4, 4], 10)])
def test_of_odd_plays_only_those_move_that_must(had: list[int], wanted: int) -> None:
    now = plays(rows(building(3, order("a", plays=wanted)), rows_by_hand("a", had)), "a")
    assert sum(now) == wanted
    assert sum(abs(new - old) for new, old in zip(now, had, strict=True)) == 1
    assert max(now) - min(now) <= 1


def test_nothing_moves_where_nothing_changes() -> None:
    """Spots of several lengths and odd plays in every hour, of which no place has more than another by two."""
    sold = [order(f"o{n}", plays=1_003 + n, slots=Fraction(1 + n % 3), hourly=9, longest=3) for n in range(8)]
    day = building(7, *sold)
    before = plan_network(day)
    assert changed_classes(plan_network(day, before), before) == []
    assert rows(day, dict(allotted_places(before))) == dict(allotted_places(before))


@pytest.mark.parametrize("screens", [4, 5, 9])
def test_odd_plays_of_many_hours_do_not_pile_up_on_the_screens_that_were_first(screens: int) -> None:
    """Two screens have an odd play in every other hour; of those that are added each is due some of them."""
    sold = order("a", plays=(24 * 3 + 12) * 2, hourly=9)
    before = rows(building(2, sold))
    after = plays(rows(building(screens, replace(sold, plays=24 * 3 * screens + 24)), before), "a")
    assert sum(after) == 24 * 3 * screens + 24
    assert max(after) - min(after) <= 1


# --- in time


def hours_of(row: Row, booking: str) -> np.ndarray:
    """Plays in each hour of the day, a part's by the time it shares."""
    found = np.zeros(24)
    [mine] = [entry for entry in row if entry.booking == booking]
    for first, end, count in mine.parts:
        for hour in range(24):
            shared = min(end, (hour + 1) * HOUR) - max(first, hour * HOUR)
            found[hour] += count * max(0, shared) / (end - first)
    return found


MORNING, LONGER = ((7 * HOUR, 13 * HOUR),), ((7 * HOUR, 19 * HOUR),)


def test_plays_of_a_day_are_spread_over_hours_that_became_longer() -> None:
    sold = order("a", each=Fraction(240)), order("b", each=Fraction(30), dayparts=(WeeklySpan(0, 540, 600),))
    before = rows(building(2, *sold, opened=MORNING))
    after = rows(building(2, *sold, opened=LONGER), before)
    for row in after.values():
        hours = hours_of(row, "a")
        assert hours.sum() == pytest.approx(240)
        assert hours[7:19] == pytest.approx(np.full(12, 20), abs=1.5)


def test_plays_of_a_day_all_stay_where_hours_became_shorter() -> None:
    sold = order("a", each=Fraction(240)), order("b", plays=240)
    before = rows(building(2, *sold, opened=LONGER))
    after = rows(building(2, *sold, opened=MORNING), before)
    assert plays(after, "a") == [240] * 2
    assert sum(plays(after, "b")) == 240


def test_a_flights_plays_stay_in_the_building_whose_hours_change() -> None:
    """Spread over its new hours; those of a building beside it stay as they are."""
    sold = order("a", plays=480)
    places = [Place("here", 0, frozenset()), Place("there", 1, frozenset())]
    day = NetworkDay(SLOT_MS, (sold,), (Profile(DAY, MORNING), Profile(DAY, LONGER)), places, Apart(0, 0, 0))
    before = rows(day)
    after = rows(replace(day, profiles=(Profile(DAY, ALL_DAY), Profile(DAY, LONGER))), before)
    assert after["there"] == before["there"]
    assert plays(after, "a") == plays(before, "a")
    assert hours_of(after["here"], "a").max() < 2 * hours_of(after["here"], "a").min() + 2


@pytest.mark.parametrize("dayparts", [ALWAYS, (WeeklySpan(0, 0, 720),), (WeeklySpan(0, 480, 1320),)])
def test_dayparts_that_change_give_the_same_rows_from_the_plan_as_from_the_rows_it_gave(
    dayparts: tuple[WeeklySpan, ...],
) -> None:
    sold = [order(f"o{n}", each=Fraction(90 + n), dayparts=(WeeklySpan(0, 420, 900),)) for n in range(3)]
    others = [order("x", plays=900, dayparts=(WeeklySpan(0, 480, 720),)), order("y", **SHARE)]
    before = plan_network(building(3, *sold, *others))
    changed = building(3, *(replace(order, dayparts=dayparts) for order in sold), *others)
    assert dict(allotted_places(plan_network(changed, before))) == rows(changed, dict(allotted_places(before)))
