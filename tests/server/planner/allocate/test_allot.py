"""Every order's plays on a network of one or two places, whose day has 24 slots of an hour."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from server.planner.allocate.allot import allot
from server.planner.allocate.capacity import CELL
from server.planner.model.market import Market
from server.planner.model.network import Rank
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import hours, market, order, place, profile, share


def plays_of(made: Market, before: np.ndarray | None = None) -> list[list[int]]:
    """Of each order, its plays in each cell where it may play."""
    plays = allot(made, before).plays
    return [plays[made.edge_order == number].tolist() for number in range(len(made.day.orders))]


def test_plays_are_spread_over_cells_in_proportion_to_their_time() -> None:
    made = market(order("a", 8), order("cut", 0, dayparts=hours(0, 6)))
    assert plays_of(made) == [[2, 6], [0]]


def test_of_too_little_all_of_a_rank_lose_alike() -> None:
    assert plays_of(market(order("a", 24), order("b", 24))) == [[12], [12]]


@pytest.mark.parametrize("first", [Rank.TAKEOVER, Rank.SHARE])
def test_a_higher_rank_is_served_first(first: Rank) -> None:
    half = order("a", share=Fraction(1, 2), rank=first)
    made = market(order("bonus", 24, rank=Rank.BONUS), order("b", 8), half)
    assert plays_of(made) == [[4], [8], [12]]


def test_bonus_plays_leave_the_venue_what_it_reserves_and_others_do_not() -> None:
    reserved = [profile(reserved=Fraction(1, 2))]
    assert plays_of(market(order("a", 24, rank=Rank.BONUS), profiles=reserved)) == [[12]]
    assert plays_of(market(order("a", 24), profiles=reserved)) == [[24]]


def test_an_order_that_can_go_elsewhere_leaves_the_room_to_one_that_cannot() -> None:
    both, north = frozenset({"north", "south"}), frozenset({"north"})
    places = (place("p", "north"), place("q", "south"))
    made = market(order("a", 24, targets=both), order("b", 24, targets=north), places=places)
    assert plays_of(made) == [[0, 24], [24]]


def test_an_advertisers_orders_share_what_their_distance_leaves() -> None:
    """(24 + 2) // 3 = 8 spots with two slots of something else between them, 0.85 of which may be filled."""
    made = market(order("a", 24, advertiser="x"), order("b", 24, advertiser="x"), apart=Apart(0, 2, 0))
    assert sum(plays for [plays] in plays_of(made)) == int(0.85 * 26 / 3)


def test_what_was_wanted_and_given_is_counted_in_thousandths() -> None:
    made = market(order("a", 30), share("b", Fraction(1, 4)))
    allotment = allot(made)
    assert (allotment.wanted.tolist(), allotment.fulfilled.tolist()) == ([30_000, 6000], [18_000, 6000])
    assert allotment.capacity.layers[CELL][1].tolist() == [0]


def test_orders_keep_the_plays_that_they_had() -> None:
    made = market(order("a", 8), order("cut", 0, dayparts=hours(0, 6)))
    assert plays_of(made, np.array([5, 3, 0])) == [[5, 3], [0]]


def test_an_order_that_wants_little_less_gives_it_up_where_it_has_most() -> None:
    cut = order("cut", 0, dayparts=hours(0, 6))
    wide = [place(f"p{n}") for n in range(20)]
    assert plays_of(market(order("a", 199), cut, places=wide), np.array([80, 120, 0])) == [[80, 119], [0]]


def test_an_order_that_wants_much_less_gives_up_the_same_part_everywhere() -> None:
    cut = order("cut", 0, dayparts=hours(0, 6))
    assert plays_of(market(order("a", 4), cut), np.array([6, 2, 0])) == [[3, 1], [0]]


def test_a_higher_rank_that_is_new_takes_what_a_lower_one_had() -> None:
    assert plays_of(market(order("a", 24), share("new", Fraction(3, 4))), np.array([24, 0])) == [[6], [18]]
