"""Where and when a booking may play on a network: one test for each rule, on networks of a few screens.

Covers: server.planner.plan, server.planner.allocate.network_plan, server.planner.model.hours
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.allocate.network_plan import allotted_places, plan_network
from server.planner.allocate.orders import order_of
from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import ALWAYS, Range, WeeklySpan, intersect, local_day, merge, ranges_within, subtract
from server.planner.model.network import NetworkDay, Place, Profile
from server.planner.model.problem import Apart, Booking, PlanInput, PlanScreen, ScreenDay
from server.planner.plan import plan
from tests.server.planner.world import DAY_SLOTS, HOUSE_ITEMS, MONDAY, SLOT_MS, booking
from tests.server.planner.world import spots as shown

TUESDAY = MONDAY + timedelta(days=1)
HOUR = 3_600_000 // SLOT_MS
MORNING = (WeeklySpan(0, 420, 600),)
MORNING_SLOTS = (7 * HOUR, 10 * HOUR)


def profile(on: date = MONDAY, zone: str = "UTC", hours: Sequence[WeeklySpan] = ALWAYS, **rules: Any) -> Profile:
    day = local_day(zone, on)
    assert day is not None
    return Profile(day, ranges_within(day, hours, SLOT_MS), **rules)


def place(name: str, *traits: str, profile: int = 0, screens: int = 1) -> Place:
    return Place(name, profile, frozenset([f"screen:{name}", *traits]), screens)


ONE = (place("one"),)


def allotted(
    *bookings: Booking,
    profiles: Sequence[Profile] = (),
    places: Sequence[Place] = ONE,
    on: date = MONDAY,
    plays: int = 0,
    apart: Apart = Apart(),  # noqa: B008  frozen
) -> dict[str, dict[str, Allotted]]:
    """The plays that each place is given of each booking; `plays` is the day's part of a flight's goal."""
    orders = [order for flight in bookings if (order := order_of(flight, on, plays=plays)) is not None]
    day = NetworkDay(SLOT_MS, tuple(orders), tuple(profiles) or (profile(on),), places, apart)
    return {name: {entry.booking: entry for entry in row} for name, row in allotted_places(plan_network(day))}


def spots(row: Iterable[Allotted]) -> int:
    return sum(spots for entry in row for _, _, spots in entry.parts)


def in_all(found: dict[str, dict[str, Allotted]], booking: str) -> dict[str, int]:
    """Spots of a booking on each place that has any."""
    counts = {name: spots([row[booking]]) for name, row in found.items() if booking in row}
    return {name: count for name, count in counts.items() if count}


def played_in(one: Allotted) -> list[Range]:
    """The slots of the parts that have spots, joined where they touch."""
    found: list[Range] = []
    for first, end, count in one.parts:
        if count and found and found[-1][1] == first:
            found[-1] = (found[-1][0], end)
        elif count:
            found.append((first, end))
    return found


def only(found: dict[str, dict[str, Allotted]]) -> Allotted:
    ((one,),) = ([*row.values()] for row in found.values())
    return one


# --- when


@pytest.mark.parametrize(("on", "runs"), [(date(2026, 3, 1), False), (MONDAY, True), (date(2026, 3, 5), True)])
def test_a_flight_has_both_its_days_and_no_other(on: date, runs: bool) -> None:
    flown = booking("a", 10, ends_on=date(2026, 3, 5))
    assert bool(in_all(allotted(flown, on=on), "a")) is runs
    assert not in_all(allotted(flown, on=date(2026, 3, 6)), "a")


def test_a_daypart_is_kept_to() -> None:
    one = only(allotted(booking("a", 10, dayparts=MORNING)))
    assert played_in(one) == [MORNING_SLOTS]
    assert spots([one]) == 3 * HOUR // 10 // 2


def test_a_weekday_that_is_not_named_has_none() -> None:
    assert not in_all(allotted(booking("a", 10, dayparts=MORNING), on=TUESDAY), "a")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Asia/Shanghai", "America/St_Johns"])
def test_dayparts_are_those_of_each_venues_clock(zone: str) -> None:
    one = only(allotted(booking("a", 10, dayparts=MORNING), profiles=[profile(zone=zone)]))
    assert played_in(one) == [MORNING_SLOTS]


def test_an_hour_that_the_clock_leaves_out_has_none_and_one_that_comes_twice_has_both() -> None:
    night = (WeeklySpan(6, 120, 180),)
    spring, autumn = (profile(on, "Europe/Berlin") for on in (date(2026, 3, 29), date(2026, 10, 25)))
    flown = booking("a", 10, dayparts=night, ends_on=date(2026, 12, 31))
    assert not in_all(allotted(flown, profiles=[spring], on=date(2026, 3, 29)), "a")
    both = only(allotted(flown, profiles=[autumn], on=date(2026, 10, 25)))
    assert played_in(both) == [(2 * HOUR, 4 * HOUR)]


def test_a_screen_that_is_off_has_none() -> None:
    opened = (WeeklySpan(0, 480, 720), WeeklySpan(0, 840, 1200))
    one = only(allotted(booking("a", 10), profiles=[profile(hours=opened)]))
    assert played_in(one) == [(8 * HOUR, 12 * HOUR), (14 * HOUR, 20 * HOUR)]


def test_an_advert_free_hour_has_no_advertisement_and_no_takeover() -> None:
    noon = (12 * HOUR, 13 * HOUR)
    for sold in (booking("a", 10), booking("a", 0, goal_kind="takeover"), booking("a", 10, preemptible=True)):
        one = only(allotted(sold, profiles=[profile(advert_free=(noon,))]))
        assert played_in(one) == [(0, noon[0]), (noon[1], DAY_SLOTS)]


def test_an_advert_free_day_has_none_at_all() -> None:
    found = allotted(booking("a", 10), profiles=[profile(advert_free=((0, DAY_SLOTS),))])
    assert in_all(found, "a") == {}


def test_the_rest_of_a_share_does_not_owe_the_plays_of_an_advert_free_hour() -> None:
    one = only(allotted(booking("a", 10), profiles=[profile(advert_free=((0, DAY_SLOTS // 2),))]))
    assert spots([one]) == one.wanted == DAY_SLOTS // 2 // 10 // 2


def test_plays_in_all_are_made_up_for_outside_of_advert_free_hours() -> None:
    sold = booking("a", 0, goal_kind="plays")
    found = allotted(sold, profiles=[profile(advert_free=((0, DAY_SLOTS // 2),))], plays=300)
    assert in_all(found, "a") == {"one": 300}
    assert played_in(only(found)) == [(DAY_SLOTS // 2, DAY_SLOTS)]


# --- what


def test_a_category_that_is_barred_by_hours_plays_in_the_others() -> None:
    school_run = (7 * HOUR, 9 * HOUR)
    sold = (booking("wine", 10, category="alcohol"), booking("tea", 10, category="drinks"))
    found = allotted(*sold, profiles=[profile(barred=(("alcohol", (school_run,)),))])["one"]
    assert played_in(found["wine"]) == [(0, school_run[0]), (school_run[1], DAY_SLOTS)]
    assert played_in(found["tea"]) == [(0, DAY_SLOTS)]


def test_a_category_that_a_venue_bars_plays_only_elsewhere() -> None:
    school, office = profile(barred=(("alcohol", ((0, DAY_SLOTS),)),)), profile()
    places = (place("school", profile=0), place("office", profile=1))
    sold = (booking("wine", 10, category="alcohol"), booking("tea", 10, category="drinks"))
    found = allotted(*sold, profiles=[school, office], places=places)
    assert set(in_all(found, "wine")) == {"office"}
    assert set(in_all(found, "tea")) == {"school", "office"}


# --- where

STREET = (
    place("a1", "venue:a", "venue_type:70101", "tag:north"),
    place("a2", "venue:a", "venue_type:70101", "bank:a/doors", screens=2),
    place("b1", "venue:b", "venue_type:110102", "tag:north"),
)


@pytest.mark.parametrize(
    ("targets", "reached"),
    [
        ((), {"a1", "a2", "b1"}),
        (("screen:a1",), {"a1"}),
        (("venue:a",), {"a1", "a2"}),
        (("venue_type:110102",), {"b1"}),
        (("tag:north",), {"a1", "b1"}),
        (("bank:a/doors",), {"a2"}),
        (("bank:a/doors", "venue:b"), {"a2", "b1"}),
        (("tag:nowhere",), set()),
    ],
)
def test_a_booking_plays_where_any_of_its_targets_is(targets: tuple[str, ...], reached: set[str]) -> None:
    sold = booking("a", 10, targets=frozenset(targets))
    assert set(in_all(allotted(sold, places=STREET), "a")) == reached


@pytest.mark.parametrize(
    ("barred", "reached"),
    [
        (("screen:a1",), {"a2", "b1"}),
        (("venue:a",), {"b1"}),
        (("venue_type:70101",), {"b1"}),
        (("tag:north",), {"a2"}),
        (("bank:a/doors",), {"a1", "b1"}),
        (("tag:north", "bank:a/doors"), set()),
    ],
)
def test_a_booking_does_not_play_where_it_is_excluded(barred: tuple[str, ...], reached: set[str]) -> None:
    sold = booking("a", 10, barred=frozenset(barred))
    assert set(in_all(allotted(sold, places=STREET), "a")) == reached


def test_an_exclusion_goes_before_a_target_and_leaves_others_alone() -> None:
    sold = (booking("a", 10, targets=frozenset(["tag:north"]), barred=frozenset(["venue:b"])), booking("b", 10))
    found = allotted(*sold, places=STREET)
    assert set(in_all(found, "a")) == {"a1"}
    assert set(in_all(found, "b")) == {"a1", "a2", "b1"}


def test_plays_in_all_are_made_where_they_are_not_excluded() -> None:
    sold = booking("a", 0, goal_kind="plays", barred=frozenset(["venue:a"]))
    assert in_all(allotted(sold, places=STREET, plays=500), "a") == {"b1": 500}


# --- how many


@pytest.mark.parametrize("sold", [{"goal_kind": "plays"}, {"goal_kind": "plays_per_day", "goal": Fraction(900)}])
def test_a_cap_of_an_hour_is_not_passed_in_any_hour(sold: dict[str, Any]) -> None:
    capped = replace(booking("a", 0), hourly=4, **sold)
    one = allotted(capped, booking("b", 30, dayparts=MORNING), plays=900)["one"]["a"]
    hours = [0] * 24
    for first, end, count in one.parts:
        assert first // HOUR == (end - 1) // HOUR, "a part may not cross an hour, or its cap could not be checked"
        hours[first // HOUR] += count
    assert max(hours) == 4
    assert spots([one]) == 24 * 4


def test_a_cap_holds_in_hours_that_others_dayparts_cut() -> None:
    cut = (WeeklySpan(0, 430, 590), WeeklySpan(0, 615, 640), WeeklySpan(0, 655, 1000))
    capped = replace(booking("a", 0, goal_kind="plays"), hourly=5)
    one = allotted(capped, booking("b", 30, dayparts=cut), plays=10_000)["one"]["a"]
    hours = [0] * 24
    for first, _, count in one.parts:
        hours[first // HOUR] += count
    assert set(hours) == {5}


def test_impressions_are_counted_by_the_hour() -> None:
    worth = profile(impressions=(((0, DAY_SLOTS // 2), 500), ((DAY_SLOTS // 2, DAY_SLOTS), 3000)))
    sold = booking("a", 0, goal_kind="impressions")
    one = only(allotted(sold, profiles=[worth], plays=700))
    made = sum(count * (500 if end <= DAY_SLOTS // 2 else 3000) for _, end, count in one.parts)
    assert 700_000 - 500 <= made <= 700_000 + 3000


def test_a_bank_counts_impressions_on_each_of_its_screens() -> None:
    worth = profile(impressions=(((0, DAY_SLOTS), 2000),))
    sold = booking("a", 0, goal_kind="impressions")
    assert in_all(allotted(sold, profiles=[worth], places=(place("bank", screens=3),), plays=600), "a") == {"bank": 100}


def test_hours_in_which_nobody_looks_are_not_spent_on_impressions() -> None:
    worth = profile(impressions=(((0, 6 * HOUR), 0),))
    sold = booking("a", 0, goal_kind="impressions")
    one = only(allotted(sold, profiles=[worth], plays=600))
    assert played_in(one) == [(6 * HOUR, DAY_SLOTS)]
    assert spots([one]) == 600
    assert played_in(only(allotted(booking("a", 10), profiles=[worth]))) == [(0, DAY_SLOTS)]


# --- all of it together


@st.composite
def ranges(draw: st.DrawFn) -> tuple[Range, ...]:
    """Some of the day's half hours, joined."""
    halves = draw(st.sets(st.integers(0, 47), max_size=12))
    return tuple(merge((half * HOUR // 2, (half + 1) * HOUR // 2) for half in sorted(halves)))


@st.composite
def anyhow(draw: st.DrawFn, name: str) -> Booking:
    goal: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"goal": Fraction(30)},
                {"goal_kind": "plays_per_day", "goal": Fraction(400)},
                {"goal_kind": "plays", "preemptible": True},
                {"goal_kind": "impressions"},
                {"goal_kind": "takeover"},
            ]
        )
    )
    a, b = sorted(draw(st.sets(st.integers(0, 48), min_size=2, max_size=2)))
    places = st.frozensets(st.sampled_from(sorted({trait for place in STREET for trait in place.traits})), max_size=2)
    flight = booking(
        name,
        0,
        slots=draw(st.integers(1, 5)),
        category=draw(st.sampled_from(["", "alcohol", "toys"])),
        dayparts=draw(st.sampled_from([ALWAYS, (WeeklySpan(0, a * 30, b * 30),), (WeeklySpan(1, 0, 1440),)])),
        targets=draw(places),
        barred=draw(places),
        starts_on=draw(st.sampled_from([MONDAY, TUESDAY])),
    )
    return replace(flight, **goal)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*(anyhow(name) for name in "abcde")), st.tuples(ranges(), ranges(), ranges(), ranges()))
def test_nothing_plays_where_or_when_it_must_not(
    sold: tuple[Booking, ...], rules: tuple[tuple[Range, ...], ...]
) -> None:
    closed, free, dry, childless = rules
    opened = subtract([(0, DAY_SLOTS)], closed)
    day = replace(profile(), open=opened, advert_free=free, barred=(("alcohol", dry), ("toys", childless)))
    by_id = {flight.id: flight for flight in sold}
    for name, row in allotted(*sold, profiles=[day], places=STREET, plays=700).items():
        traits = next(place.traits for place in STREET if place.id == name)
        screen = PlanScreen(name, (ScreenDay(day.day, opened, Row.of(row.values()), house=HOUSE_ITEMS),))
        table = plan(PlanInput(SLOT_MS, sold, (screen,))).days[0].table
        for first, end, item in shown(table):
            one = by_id[item[0]]
            within = intersect(opened, ranges_within(day.day, one.dayparts, SLOT_MS))
            assert any(a <= first and end <= b for a, b in merge(within))
            never = [*free, *(dry if one.category == "alcohol" else childless if one.category == "toys" else ())]
            assert not intersect([(first, end)], never)
            assert one.starts_on == MONDAY
            assert not one.targets or one.targets & traits
            assert not one.barred & traits
