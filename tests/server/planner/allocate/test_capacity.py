"""How much time a day of 24 slots of an hour has for orders, and what distances leave of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from server.planner.allocate.capacity import (
    ADVERTISER,
    CATEGORY,
    CELL,
    HEADROOM,
    UNLIMITED,
    capacity_of,
    ends_of,
    group_cells,
    mean_length,
    separated_grains,
    set_own_time_aside,
)
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import hours, market, order, place, profile

EDGE = np.array([0])


def test_an_empty_day_has_all_its_slots_on_every_place() -> None:
    capacity = capacity_of(market(order("a", 1), places=[place("p"), place("q")]))
    assert (capacity.cell_grains(EDGE).tolist(), capacity.fitting_plays(EDGE).tolist()) == ([48], [48])


def test_plays_take_their_length_of_every_layer() -> None:
    """A spot of 1½ slots is counted in halves of a slot: three of them."""
    made = market(order("a", 1, slots=Fraction(3, 2), category="shoes"), apart=Apart(0, 1, 1))
    capacity = capacity_of(made)
    before = [left.copy() for _, left in capacity.layers]
    capacity.take(EDGE, np.array([4]))
    assert (capacity.grain, capacity.length.tolist()) == (2, [3])
    assert [(now - was).tolist() for was, (_, now) in zip(before, capacity.layers, strict=True)] == [[-12]] * 3
    assert capacity.cell_grains(EDGE).tolist() == [48 - 12]
    assert capacity.plays_left.tolist() == [made.edge_most[0] - 4]


def test_a_length_that_no_grain_divides_is_rounded_up() -> None:
    """Of 1⅓ and 1 1⁄7 slots the common grain would be 21, so sixteenths are used: 21⅓ and 18.29 of them."""
    made = market(order("a", 1, slots=Fraction(4, 3)), order("b", 1, slots=Fraction(8, 7)))
    capacity = capacity_of(made)
    assert (capacity.grain, capacity.length.tolist()) == (16, [22, 19])


def test_what_has_no_distance_to_keep_is_limited_by_time_only() -> None:
    capacity = capacity_of(market(order("a", 1), order("b", 1, category="shoes")))
    assert [capacity.layers[layer][1].tolist() for layer in (CATEGORY, ADVERTISER)] == [[UNLIMITED], [UNLIMITED]]
    assert [capacity.layer_cell[layer].tolist() for layer in (CELL, CATEGORY, ADVERTISER)] == [[0], [-1], [-1]]


def test_an_advertiser_alone_fills_what_its_distance_allows_and_beside_others_the_headroom_of_it() -> None:
    """Every spot of one slot has four more after it, the last none: (24 + 4) / 5 = 5.6 slots."""
    apart = Apart(0, 4, 0)
    alone = capacity_of(market(order("a", 9), apart=apart))
    assert alone.layers[ADVERTISER][1].tolist() == [5]
    beside = capacity_of(market(order("a", 9), order("b", 1), apart=apart))
    assert beside.layers[ADVERTISER][1].tolist() == [int(5.6 * HEADROOM)] * 2


def test_plays_that_were_there_before_fit_even_into_the_headroom() -> None:
    made = market(order("a", 9), order("b", 1), apart=Apart(0, 3, 0))
    assert capacity_of(made, np.array([6, 0])).layers[ADVERTISER][1].tolist() == [6, 5]
    assert capacity_of(made, np.array([9, 0])).layers[ADVERTISER][1].tolist() == [6, 5]


@pytest.mark.parametrize(("reserved", "left"), [(Fraction(1, 4), 18), (Fraction(1), 0)])
def test_time_that_a_venue_reserves_is_set_aside(reserved: Fraction, left: int) -> None:
    made = market(order("a", 1), profiles=[profile(reserved=reserved)])
    capacity = capacity_of(made)
    set_own_time_aside(made, capacity)
    assert capacity.cell_grains(EDGE).tolist() == [left]


def test_only_what_is_left_is_set_aside() -> None:
    made = market(order("a", 1), profiles=[profile(reserved=Fraction(1, 2))])
    capacity = capacity_of(made)
    capacity.take(EDGE, np.array([20]))
    set_own_time_aside(made, capacity)
    assert capacity.layers[CELL][1].tolist() == [0]


@pytest.mark.parametrize(
    ("slots", "places", "mean", "ends", "gap", "grains"),
    [
        (20, 1, 1.0, False, 3, 5),
        (20, 1, 1.0, True, 3, 5),  # 23 / 4
        (21, 1, 1.0, True, 3, 6),
        (20, 2, 1.0, True, 3, 11),  # two places: 46 / 4
        (20, 1, 2.0, False, 2, 10),
        (1, 3, 4.0, False, 9, 12),  # one spot on every place, however short
    ],
)
def test_distances_leave_a_group_its_part_of_the_time(
    slots: int, places: int, mean: float, ends: bool, gap: int, grains: int
) -> None:
    given = (np.array([slots]), np.array([places]), np.array([mean]), 1.0, np.array([ends]))
    assert separated_grains(*given, gap, 1).tolist() == [grains]


def test_the_mean_length_counts_by_how_many_spots_there_are_of_each() -> None:
    group, length, even = np.array([0, 0, 2]), np.array([1, 4, 7]), np.array([3.0, 1.0, 0.0])
    assert mean_length(group, length, even, 3).tolist() == [7 / 4, 1, 1]


def test_a_groups_run_ends_where_the_next_cell_has_nothing_of_it() -> None:
    """Cells are slots 0–5, 6–11 and 12–23; a is in the first two, b in all."""
    made = market(order("a", 1, dayparts=hours(0, 12)), order("b", 1), order("c", 1, dayparts=hours(0, 6)))
    key = group_cells(made, made.advertiser)
    ends = dict(zip(key.tolist(), ends_of(made, key, key).tolist(), strict=True))
    assert [ends[number] for number in (0, 1)] == [False, True]
    assert [ends[number] for number in (3, 4, 5)] == [False, False, True]
