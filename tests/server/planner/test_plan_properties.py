"""Properties of every plan: deviation, separation, edges, counts.

Covers: server.planner.plan, server.planner.sequence.sequencer
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from media.daytable import HOUSE, OFF
from server.planner.model.days import ALWAYS, WeeklySpan
from server.planner.model.problem import Booking, PlanCreative, PlanInput, PreviousPlan
from server.planner.plan import plan
from server.planner.sequence.demand_lines import catalogue_of, lines_of
from tests.server.planner.world import booking, input_of, neighbours, spots

SLOT_MS = 30_000
MOST_DEVIATION = 2


@st.composite
def bookings(draw: st.DrawFn, most_share: int = 25) -> list[Booking]:
    return [
        booking(
            f"b{n}",
            draw(st.integers(1, most_share)),
            advertiser=f"a{draw(st.integers(0, 9))}",
            creatives=tuple(
                PlanCreative(f"b{n}-{c}", draw(st.integers(1, 4)), draw(st.integers(1, 3)))
                for c in range(draw(st.integers(1, 2)))
            ),
            dayparts=draw(st.sampled_from([ALWAYS, (WeeklySpan(0, 480, 1080),), (WeeklySpan(0, 0, 700),)])),
        )
        for n in range(draw(st.integers(1, 8)))
    ]


def input_with(sold: list[Booking], previous: PreviousPlan | None = None) -> PlanInput:
    return input_of(*sold, slot_ms=SLOT_MS, previous=previous)


@given(bookings())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_every_slot_is_filled_and_every_count_is_told(sold: list[Booking]) -> None:
    [day] = plan(input_with(sold)).days
    covered = sum(end - first for first, end, _ in spots(day.table))
    assert covered + sum(1 for index in day.table.slots if index == HOUSE) == len(day.table.slots)
    assert OFF not in day.table.slots
    counts = {count.item: count.planned for count in day.counts}
    for item in day.table.items:
        assert counts[item] == sum(1 for _, _, shown in spots(day.table) if shown == item)


@given(bookings())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_spots_are_whole_and_inside_their_dayparts(sold: list[Booking]) -> None:
    [day] = plan(input_with(sold)).days
    lengths = {creative.item: creative.slots for flight in sold for creative in flight.creatives}
    inside = {creative.item: flight.dayparts for flight in sold for creative in flight.creatives}
    for first, end, item in spots(day.table):
        assert end - first == lengths[item]
        monday = [part for part in inside[item] if part.weekday == 0]
        assert any(part.from_min * 2 <= first and end <= part.until_min * 2 for part in monday)


@given(bookings(most_share=12))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_no_prefix_of_the_day_is_off_by_more_than_two_spots(sold: list[Booking]) -> None:
    # No more than two thirds of the separable time, so that keeping advertisers apart costs nobody a spot.
    apart = [replace(flight, advertiser=flight.id) for flight in sold[:5]]
    plan_input = input_with(apart)
    [day] = plan(plan_input).days
    screen = plan_input.screens[0]
    lines = lines_of(screen, screen.days[0], catalogue_of(apart), SLOT_MS)
    for n, flight in enumerate(apart):
        owing = lines.parts[lines.part_of[n] : lines.part_of[n + 1]].tolist()
        mine = {creative.item for creative in flight.creatives}
        firsts = [first for first, _, item in spots(day.table) if item in mine]
        for shown, first in enumerate(firsts):
            parts = [(spots, min(first, end) - begins, end - begins) for begins, end, spots in owing]
            owed = sum(spots * Fraction(gone, length) for spots, gone, length in parts if gone > 0)
            assert abs(owed - shown) <= MOST_DEVIATION


@given(bookings())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_no_two_of_one_advertiser_follow_each_other(sold: list[Booking]) -> None:
    [day] = plan(input_with(sold)).days
    advertiser = {creative.item: flight.advertiser for flight in sold for creative in flight.creatives}
    assert all(advertiser[a] != advertiser[b] for a, b in neighbours(day.table))


@given(bookings(), bookings(), st.integers(1, 2800))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_what_is_fixed_is_never_touched_and_a_second_look_changes_nothing(
    sold: list[Booking], instead: list[Booking], around: int
) -> None:
    [day] = plan(input_with(sold)).days
    until = day.table.run_at(around)[0]
    [new] = plan(input_with(instead, PreviousPlan(day.table, until, day.basis))).days
    old_items = [day.table.item_at(slot) for slot in range(until)]
    assert [new.table.item_at(slot) for slot in range(until)] == old_items
    [again] = plan(input_with(instead, PreviousPlan(new.table, until, new.basis))).days
    assert again.table.encoded == new.table.encoded
