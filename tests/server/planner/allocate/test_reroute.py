"""Plays that find no room push others to where there is some; a place has 24 slots of an hour."""

from __future__ import annotations

import numpy as np

from server.planner.allocate.capacity import CELL, Capacity, capacity_of
from server.planner.allocate.demands import fulfilled_by, totals_of
from server.planner.allocate.reroute import FlowNetwork, reroute_missing
from server.planner.model.market import Market
from server.planner.model.network import Rank
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import market, order, place, profile

BOTH, NORTH = frozenset({"north", "south"}), frozenset({"north"})
PLACES = (place("p", "north"), place("q", "south"))


def rerouted(made: Market, plays: np.ndarray) -> tuple[dict[tuple[int, int], int], Capacity]:
    """The plays of each order in each cell after rerouting what is missing."""
    capacity, demands = capacity_of(made), totals_of(made, Rank.GUARANTEED)
    capacity.take(demands.edges, plays)
    missing = demands.wanted - fulfilled_by(made, demands, plays)
    after = plays + reroute_missing(made, capacity, demands, plays, missing)
    cells = zip(made.edge_order[demands.edges].tolist(), made.edge_cell[demands.edges].tolist(), strict=True)
    return dict(zip(cells, after.tolist(), strict=True)), capacity


def test_plays_move_to_a_free_place_for_an_order_that_can_go_nowhere_else() -> None:
    """The first order fills the northern place, and only there the second may play."""
    made = market(order("a", 24, targets=BOTH), order("b", 10, targets=NORTH), places=PLACES)
    after, capacity = rerouted(made, np.array([24, 0, 0]))
    assert after == {(0, 0): 14, (0, 1): 10, (1, 0): 10}
    assert capacity.layers[CELL][1].tolist() == [0, 14]


def test_no_more_moves_than_there_is_room_for_and_nobody_loses() -> None:
    made = market(order("a", 40, targets=BOTH), order("b", 10, targets=NORTH), places=PLACES)
    after, _ = rerouted(made, np.array([24, 16, 0]))
    assert after == {(0, 0): 16, (0, 1): 24, (1, 0): 8}


def test_plays_that_count_differently_from_place_to_place_do_not_move() -> None:
    profiles = [profile(), profile(impressions=(((0, 24), 500),))]
    places = (place("p", "north"), place("q", "south", profile=1))
    seen = order("a", 24, targets=BOTH, impressions=True)
    made = market(seen, order("b", 10, targets=NORTH), places=places, profiles=profiles)
    assert rerouted(made, np.array([24, 0, 0]))[0] == {(0, 0): 24, (0, 1): 0, (1, 0): 0}


def test_plays_do_not_move_to_where_their_advertiser_has_no_room() -> None:
    """With a gap of three slots (24 + 3) / 4 · 0.85 = 5 plays of an advertiser fit: the southern place has them."""
    apart = Apart(0, 3, 0)
    a, full, b = (
        order("a", 5, targets=BOTH, advertiser="x"),
        order("full", 5, targets=frozenset({"south"}), advertiser="x"),
        order("b", 24, targets=NORTH, advertiser="y"),
    )
    made = market(a, full, b, places=PLACES, apart=apart)
    after, _ = rerouted(made, np.array([5, 0, 5, 0]))
    assert (after[0, 0], after[0, 1], after[1, 1]) == (5, 0, 5)


def test_a_flow_is_the_maximum_that_its_arcs_carry() -> None:
    """Two ways from node 0 to node 1: over 2 it carries 3, over 3 it carries 4."""
    network = FlowNetwork(2)
    two, three = network.add_nodes(2).tolist()
    first = network.add_arcs(np.array([0, 0]), np.array([two, three]), np.array([5, 4]))
    last = network.add_arcs(np.array([two, three]), np.array([1, 1]), np.array([3, 6]))
    flow = network.solve(source=0, sink=1)
    assert (flow[first].tolist(), flow[last].tolist()) == ([3, 4], [3, 4])
