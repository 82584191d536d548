"""The demands of a day of 24 slots of an hour."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from server.planner.allocate.demands import demand_of_edges, even_plays, fulfilled_by, shares_of, totals_of
from server.planner.model.network import Rank
from tests.server.planner.small_networks import hours, market, order, place, profile, share

TWO_PLACES = (place("p", "north"), place("q", "south", screens=2))


def test_a_share_is_a_demand_on_each_cell_rounded_along_the_day() -> None:
    """A quarter of cells of 1, 1 and 22 slots: up to their ends 0.25, 0.5 and 6 spots are owed, rounded 0, 1 and 6."""
    cut = order("b", 1, dayparts=hours(0, 1)), order("c", 1, dayparts=hours(1, 2))
    demands = shares_of(market(share("a", Fraction(1, 4)), *cut), Rank.SHARE)
    assert demands.wanted.tolist() == [0, 1000, 5000]
    assert demands.is_local


def test_a_share_is_wanted_on_every_place_of_a_class_and_counted_on_every_screen() -> None:
    one = share("a", Fraction(1, 4))
    assert shares_of(market(one, places=(place("p"), place("q"))), Rank.SHARE).wanted.tolist() == [12_000]
    assert shares_of(market(one, places=(place("p", screens=2),)), Rank.SHARE).wanted.tolist() == [12_000]


def test_plays_in_all_are_one_demand_and_plays_on_each_screen_one_of_each_class() -> None:
    in_all = order("a", 10, targets=frozenset({"north", "south"}))
    each = order("b", each=Fraction(3))
    made = market(in_all, each, places=TWO_PLACES)
    demands = totals_of(made, Rank.GUARANTEED)
    assert demands.wanted.tolist() == [10_000, 3000, 6000]
    assert [made.edge_order[edge] for edge in demands.edges] == [0, 0, 1, 1]
    assert demands.demand.tolist() == [0, 0, 1, 2]


def test_each_rank_has_its_own_demands_only() -> None:
    made = market(order("a", 1), order("b", 2, rank=Rank.BONUS), share("c", Fraction(1, 2)))
    assert totals_of(made, Rank.BONUS).wanted.tolist() == [2000]
    assert totals_of(made, Rank.SHARE).wanted.tolist() == []
    assert shares_of(made, Rank.GUARANTEED).wanted.tolist() == []


def test_a_demand_is_fulfilled_by_what_its_plays_count() -> None:
    seen = profile(impressions=(((0, 12), 250),))
    made = market(order("a", 9, impressions=True), profiles=[seen])
    demands = totals_of(made, Rank.GUARANTEED)
    assert fulfilled_by(made, demands, np.array([4, 1])).tolist() == [4 * 250 + 1000]


def test_edges_of_one_demand_have_one_number() -> None:
    made = market(order("a", 1, dayparts=hours(0, 6)), order("b", each=Fraction(1)))
    by_order = {
        number: set(demand_of_edges(made)[made.edge_order == number].tolist()) for number in range(len(made.day.orders))
    }
    assert (len(by_order[0]), len(by_order[1])) == (1, 1)
    apart = market(order("a", 1, targets=frozenset({"north"})), order("b", each=Fraction(1)), places=TWO_PLACES)
    assert len(set(demand_of_edges(apart)[apart.edge_order == 1].tolist())) == 2


def test_orders_alone_are_spread_evenly_over_their_time() -> None:
    """Cells of 6 and 18 slots: a quarter and three quarters of what is wanted."""
    cut = order("cut", 0, dayparts=hours(0, 6))
    made = market(order("a", 2), order("b", each=Fraction(4)), share("c", Fraction(1, 2)), cut)
    even = even_plays(made)
    assert [even[made.edge_order == number].tolist() for number in range(4)] == [[0.5, 1.5], [1, 3], [3, 9], [0]]
