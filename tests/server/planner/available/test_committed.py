"""The plays of a planned day as one more order sees them; one place has 24 slots of an hour."""

from __future__ import annotations

from fractions import Fraction

import pytest

from server.planner.allocate.network_plan import NetworkPlan, plan_network
from server.planner.available.committed import committed_of
from server.planner.model.network import Order, Rank
from tests.server.planner.small_networks import hours, network, order, place, profile, share

NEW = order("new", 5)


def planned(*orders: Order) -> NetworkPlan:
    return plan_network(network(*orders))


def test_plays_of_the_protected_ranks_stay_and_those_of_lower_ones_count_as_free() -> None:
    plan = planned(order("a", 4), order("bonus", 3, rank=Rank.BONUS), order("long", 2, slots=Fraction(2)))
    committed = committed_of(plan, NEW, Rank.GUARANTEED)
    assert committed.stays.tolist() == [True, False, True]
    assert committed.used.tolist() == [4, 0, 4]
    assert committed_of(plan, NEW, Rank.BONUS).used.tolist() == [4, 3, 4]


def test_an_order_does_not_count_itself() -> None:
    committed = committed_of(planned(order("new", 4), order("a", 3)), NEW, Rank.GUARANTEED)
    assert (committed.own.tolist(), committed.used.tolist()) == ([True, False], [0, 3])
    assert committed.others.tolist() == [1]


@pytest.mark.parametrize(
    ("other", "moves", "all_move"),
    [
        (order("a", 4), True, True),
        (order("a", 4, slots=Fraction(2)), False, False),  # of another length
        (share("a", Fraction(1, 2)), False, True),  # has its part of every cell
        (order("a", share=Fraction(1, 4), rank=Rank.TAKEOVER), False, True),  # of a higher rank
        (order("a", 4, rank=Rank.BONUS), False, True),  # counts as free
    ],
)
def test_only_plays_in_all_of_the_same_length_can_move(other: Order, moves: bool, all_move: bool) -> None:
    committed = committed_of(planned(other), NEW, Rank.GUARANTEED)
    assert (committed.moves.tolist(), committed.all_move) == ([moves], all_move)


def test_plays_that_count_differently_from_hour_to_hour_cannot_move() -> None:
    seen = profile(impressions=(((0, 12), 500),))
    day = network(
        order("a", 4, impressions=True), order("b", 4, impressions=True, dayparts=hours(0, 12)), profiles=[seen]
    )
    committed = committed_of(plan_network(day), NEW, Rank.GUARANTEED)
    assert committed.moves[plan_network(day).market.edge_order == 0].tolist() == [False, False]
    assert committed.moves[plan_network(day).market.edge_order == 1].tolist() == [True]


def test_a_length_is_counted_in_the_days_grains() -> None:
    """The day's spots of 1½ slots make half slots its grains; a third of a slot takes one of them."""
    plan = plan_network(network(order("a", 2, slots=Fraction(3, 2)), places=[place("p"), place("q")]))
    assert committed_of(plan, order("new", 1, slots=Fraction(1, 3)), Rank.GUARANTEED).length == 1
    assert committed_of(plan, order("new", 1, slots=Fraction(2)), Rank.GUARANTEED).length == 4
