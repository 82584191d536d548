"""Whole plays and whole turns; a cell of a place has 24 slots of an hour."""

from __future__ import annotations

import numpy as np

from server.planner.allocate.capacity import CELL, capacity_of
from server.planner.allocate.demands import Demands
from server.planner.allocate.rounding import regroup_turns, top_up, trim
from server.planner.model.market import Market
from tests.server.planner.small_networks import hours, market, order, place, profile

THREE_CELLS = [order("cut", 0, dayparts=hours(0, 4)), order("cut too", 0, dayparts=hours(4, 12))]


def demand_of_one(made: Market, wanted: int, booking: int) -> Demands:
    """One order's demand on all its edges, in thousandths."""
    edges = np.flatnonzero(made.edge_order == booking)
    return Demands(np.array([wanted]), edges, np.zeros(len(edges), np.int64))


def test_missing_plays_are_added_to_the_emptiest_edges_and_taken() -> None:
    """Cells of 4, 8 and 12 slots have 0, 6 and 4 left; nine plays are missing."""
    made = market(order("a", 23), *THREE_CELLS)
    capacity, demands = capacity_of(made), demand_of_one(made, 23_000, 0)
    plays = np.array([4, 2, 8])
    capacity.take(demands.edges, plays)
    assert top_up(made, capacity, demands, plays).tolist() == [0, 6, 3]
    assert capacity.layers[CELL][1].tolist() == [0, 0, 1]


def test_nothing_is_added_to_a_demand_that_has_all() -> None:
    made = market(order("a", 5))
    assert top_up(made, capacity_of(made), demand_of_one(made, 5000, 0), np.array([5])).tolist() == [0]


def test_a_play_that_would_count_more_than_is_missing_is_not_added() -> None:
    made = market(order("a", 5, impressions=True), profiles=[profile(impressions=(((0, 24), 2500),))])
    assert top_up(made, capacity_of(made), demand_of_one(made, 4999, 0), np.array([0])).tolist() == [1]


def test_excess_is_given_up_by_the_fullest_edges_first() -> None:
    made = market(order("a", 9), *THREE_CELLS)
    demands = demand_of_one(made, 9000, 0)
    assert trim(made, demands, np.array([2, 8, 4]), np.array([5000])).tolist() == [2, 3, 4]
    assert trim(made, demands, np.array([2, 8, 4]), np.array([10_500])).tolist() == [2, 0, 2]
    assert trim(made, demands, np.array([2, 8, 4]), np.array([-1])).tolist() == [2, 8, 4]


def test_odd_plays_become_whole_turns_round_the_places() -> None:
    """On three places 5, 7 and 3 plays: 2 and 1 are over, which make one turn of 3 where 2 were given up."""
    made = market(order("a", 15), *THREE_CELLS, places=[place(id_) for id_ in "pqr"])
    capacity, demands = capacity_of(made), demand_of_one(made, 15_000, 0)
    plays = np.array([5, 7, 3])
    capacity.take(demands.edges, plays)
    assert regroup_turns(made, capacity, demands, plays, np.zeros(3, np.int64)).tolist() == [1, -1, 0]
    assert capacity.layers[CELL][1].tolist() == [12 - 6, 24 - 6, 36 - 3]


def test_plays_that_make_no_whole_turn_stay() -> None:
    made = market(order("a", 15), *THREE_CELLS, places=[place(id_) for id_ in "pqr"])
    capacity, demands = capacity_of(made), demand_of_one(made, 14_000, 0)
    plays = np.array([4, 7, 3])
    capacity.take(demands.edges, plays)
    assert regroup_turns(made, capacity, demands, plays, np.zeros(3, np.int64)).tolist() == [0, 0, 0]


def test_odd_plays_that_were_there_before_are_left_alone() -> None:
    made = market(order("a", 15), *THREE_CELLS, places=[place(id_) for id_ in "pqr"])
    capacity, demands = capacity_of(made), demand_of_one(made, 15_000, 0)
    plays = np.array([5, 7, 3])
    capacity.take(demands.edges, plays)
    assert regroup_turns(made, capacity, demands, plays, plays).tolist() == [0, 0, 0]
