"""A maximum flow through networks that are small enough to be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.allocate.reroute import FlowNetwork
from server.planner.available.flow import max_flow
from server.planner.available.residual import Arcs, Residual

Arc = tuple[int, int, int, int]  # tail, head, plays forward, plays back


def residual(arcs: list[Arc], *, entry: list[int], limit: list[int], drain: list[int]) -> Residual:
    columns = np.array(arcs, np.int64).reshape(-1, 4)
    tail, head, forward, back = (columns[:, n].copy() for n in range(4))
    numbers = [np.array(values, np.int64) for values in (entry, limit, drain)]
    return Residual(numbers[0], numbers[1], numbers[1], Arcs(tail, head, forward, back), numbers[2], whole=True)


def flow(network: Residual, demand: list[int], wanted: list[int]) -> list[int]:
    return list(max_flow(network, np.array(demand, np.int64), np.array(wanted, np.int64)).tolist())


def test_what_is_free_where_the_order_enters_fits() -> None:
    network = residual([], entry=[0, 1], limit=[9, 2], drain=[5, 4])
    assert flow(network, [0, 0], [20]) == [5 + 2]
    assert flow(network, [0, 1], [3, 20]) == [3, 2]


def test_others_make_room_along_an_arc_back() -> None:
    """Cell 0 is full and cell 1 has five free; node 2 is another's demand, which may take back three from cell 0."""
    network = residual([(2, 0, 0, 3), (2, 1, 9, 0)], entry=[0], limit=[9], drain=[0, 5])
    assert flow(network, [0], [9]) == [3]


def test_a_path_may_lead_over_several_moves() -> None:
    """One demand moves from cell 0 to 1, which is full, and pushes another from there to cell 2."""
    arcs = [(3, 0, 0, 4), (3, 1, 9, 0), (4, 1, 0, 3), (4, 2, 2, 0)]
    assert flow(residual(arcs, entry=[0], limit=[9], drain=[0, 0, 7]), [0], [9]) == [2]


def test_a_path_that_was_taken_first_gives_way_to_a_larger_flow() -> None:
    """The first part goes from 0 to 2, the nearest drain, and must leave it to the second for the drain at 3."""
    network = residual([(0, 2, 1, 0), (0, 3, 1, 0), (1, 2, 1, 0)], entry=[0, 1], limit=[1, 1], drain=[0, 0, 1, 1])
    assert flow(network, [0, 0], [9]) == [2]


def test_no_more_flows_than_is_wanted() -> None:
    assert flow(residual([], entry=[0], limit=[9], drain=[9]), [0], [4]) == [4]


@pytest.mark.parametrize("wanted", [[0], [7]])
def test_where_nothing_drains_nothing_flows(wanted: list[int]) -> None:
    assert flow(residual([(1, 0, 5, 5)], entry=[0], limit=[9], drain=[0]), [0], wanted) == [0]


amounts = st.integers(0, 9)
nodes = st.integers(0, 5)
arcs = st.lists(st.tuples(nodes, nodes, amounts, amounts), max_size=10)


@settings(max_examples=100)
@given(
    arcs,
    st.lists(st.tuples(st.integers(0, 5), amounts), min_size=1, max_size=3),
    st.lists(amounts, min_size=6, max_size=6),
)
def test_the_flow_is_that_of_another_algorithm(arcs: list[Arc], parts: list[tuple[int, int]], drain: list[int]) -> None:
    arcs = [arc for arc in arcs if arc[0] != arc[1]]
    network = residual(arcs, entry=[node for node, _ in parts], limit=[limit for _, limit in parts], drain=drain)
    other = FlowNetwork(8)  # the nodes, a source and a sink
    for tails, heads, limits in (
        ([6] * len(parts), [node for node, _ in parts], [limit for _, limit in parts]),
        ([arc[0] for arc in arcs], [arc[1] for arc in arcs], [arc[2] for arc in arcs]),
        ([arc[1] for arc in arcs], [arc[0] for arc in arcs], [arc[3] for arc in arcs]),
        (list(range(6)), [7] * 6, drain),
    ):
        last = other.add_arcs(np.array(tails, np.int64), np.array(heads, np.int64), np.array(limits, np.int64))
    assert flow(network, [0] * len(parts), [100]) == [int(other.solve(source=6, sink=7)[last].sum())]
