"""The capacity for one more order, at once and after moves, on places of 24 slots of an hour."""

from __future__ import annotations

from fractions import Fraction

import pytest

from server.planner.allocate.network_plan import plan_network
from server.planner.available.order_cells import order_cells
from server.planner.available.residual import Residual, residual_of
from server.planner.model.network import NetworkDay, Order, Rank
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import hours, network, order, place, profile


def residual(day: NetworkDay, new: Order, lowest: Rank = Rank.GUARANTEED) -> Residual:
    plan = plan_network(day)
    return residual_of(plan, new, order_cells(plan.market, new), lowest)


def test_free_time_is_what_others_leave_in_spots_of_the_new_length() -> None:
    found = residual(network(order("a", 9, slots=Fraction(1))), order("b", 99, slots=Fraction(2), longest=2))
    assert (found.limit.tolist(), found.at_once.tolist(), found.drain.tolist()) == ([12], [7], [7])


@pytest.mark.parametrize(("rank", "free"), [(Rank.GUARANTEED, 18 - 4), (Rank.TAKEOVER, 24 - 4)])
def test_reserved_time_is_free_for_a_takeover_only(rank: Rank, free: int) -> None:
    day = network(order("a", 4), profiles=[profile(reserved=Fraction(1, 4))])
    new = order("b", 99) if rank != Rank.TAKEOVER else order("b", rank=rank, share=Fraction(1))
    assert residual(day, new).drain.tolist() == [free]


def test_movable_plays_have_arcs_to_every_cell_where_they_may_be() -> None:
    """Cells are 0–11 and 12–23. The demand, node 2, has all its 16 plays there, evenly, and may take 4 more in each."""
    day = network(order("a", 16), order("cut", 0, dayparts=hours(0, 12)))
    arcs = residual(day, order("b", 5)).arcs
    demand = arcs.tail == arcs.tail.min()
    assert arcs.head[demand].tolist() == [0, 1]
    assert (arcs.forward[demand].tolist(), arcs.back[demand].tolist()) == ([4, 4], [8, 8])


def test_the_order_enters_at_its_advertisers_node_which_leads_to_the_cell() -> None:
    """With two slots between spots (24 + 2) / 3 · 0.85 = 7 of the advertiser fit, of which 4 are there."""
    day = network(order("a", 4, advertiser="x"), apart=Apart(0, 2, 0))
    found = residual(day, order("b", 9, advertiser="x"))
    [entry] = found.entry.tolist()
    into = (found.arcs.tail == entry) & (found.arcs.head == 0)
    assert entry > 0
    assert (found.arcs.forward[into].tolist(), found.arcs.back[into].tolist()) == ([3], [4])
    assert (found.limit.tolist(), found.at_once.tolist()) == ([7], [3])


def test_an_answer_is_exact_unless_a_cell_is_cut_or_some_plays_cannot_move() -> None:
    day = network(order("a", 4))
    assert residual(day, order("b", 5)).whole
    assert not residual(day, order("b", 5, dayparts=hours(0, 6))).whole
    assert not residual(day, order("b", 5, slots=Fraction(2))).whole


def test_of_a_cut_cell_the_order_has_its_part_of_what_cannot_move() -> None:
    """Twelve of 24 slots are filled by longer spots, which stay: of the order's six slots that is half."""
    day = network(order("a", 6, slots=Fraction(2), longest=2))
    assert residual(day, order("b", 9, dayparts=hours(0, 6))).limit.tolist() == [3]


def test_targets_cut_a_class() -> None:
    day = network(order("a", 24), places=[place("p", "north"), place("q", "south")])
    found = residual(day, order("b", 99, targets=frozenset({"north"})))
    assert (found.limit.tolist(), found.drain.tolist(), found.whole) == ([24], [24], False)
