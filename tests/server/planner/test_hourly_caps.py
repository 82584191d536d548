"""No hour of a screen shows more of a booking than its cap, however full the day is and however often it is planned.

Covers: server.planner.plan, server.planner.sequence.sequencer, server.planner.sequence.remaining
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from media.daytable import DayTable
from server.planner.model.days import ALWAYS, WeeklySpan
from server.planner.model.problem import Apart, Booking, PreviousPlan
from server.planner.plan import plan
from tests.server.planner.world import DAY_SLOTS, booking, input_of, spots, table_of, times

HOUR = 720

tens = st.integers(0, 144).map(lambda ten: ten * 10)
spans = st.tuples(tens, tens).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: (WeeklySpan(0, *pair),))


@st.composite
def bookings(draw: st.DrawFn) -> Booking:
    name = draw(st.sampled_from("abcdefghijkl"))
    one = booking(
        name,
        draw(st.sampled_from([5, 10, 20, 30])),
        slots=draw(st.integers(1, 6)),
        advertiser=draw(st.sampled_from("uvw")),
        category=draw(st.sampled_from(["", "x", "y"])),
        dayparts=draw(st.just(ALWAYS) | spans),
    )
    if draw(st.booleans()):
        return one
    plays = Fraction(draw(st.integers(1, 900)))
    return replace(one, goal_kind="plays_per_day", goal=plays, hourly=draw(st.integers(1, 40)))


days = st.lists(bookings(), min_size=2, max_size=12, unique_by=lambda flight: flight.id)
aparts = st.builds(Apart, st.integers(0, 2), st.integers(0, 3), st.integers(0, 2))


def assert_capped(table: DayTable, sold: Sequence[Booking]) -> None:
    for capped in sold:
        hours = Counter(first // HOUR for first, _, item in spots(table) if item == f"{capped.id}-a")
        assert capped.hourly is None or max(hours.values(), default=0) <= capped.hourly


@settings(max_examples=20, deadline=None, derandomize=True)
@given(days, aparts, st.integers(1, DAY_SLOTS), days)
def test_no_hour_passes_a_cap_when_it_is_planned_or_planned_anew(
    sold: list[Booking], apart: Apart, until: int, later: list[Booking]
) -> None:
    table = table_of(*sold, apart=apart)
    assert_capped(table, sold)
    kept = [flight for flight in sold if flight.id not in {other.id for other in later}]
    changed_input = input_of(*kept, *later, apart=apart, previous=PreviousPlan(table, until, ""))
    anew = plan(changed_input).days[0].table
    assert_capped(anew, kept)
    fresh = [flight for flight in later if flight.id not in {other.id for other in sold}]
    assert_capped(anew, fresh)


def test_a_cap_costs_nothing_where_there_is_room() -> None:
    capped = replace(booking("a", 0, goal_kind="plays_per_day"), goal=Fraction(24 * 20), hourly=20)
    assert times(table_of(capped, booking("b", 45), booking("c", 45)), "a") == 24 * 20
