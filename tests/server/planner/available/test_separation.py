"""The capacity that distances leave to one more order on a place of 24 slots of an hour."""

from __future__ import annotations

from fractions import Fraction

from server.planner.allocate.capacity import ADVERTISER, CATEGORY
from server.planner.allocate.network_plan import NetworkPlan, plan_network
from server.planner.available.committed import committed_of
from server.planner.available.order_cells import order_cells
from server.planner.available.separation import GroupLimits, group_limits
from server.planner.model.network import Order, Rank
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import hours, network, order

# With two slots of something else between its spots, and none after the last, a group fills (24 + 2) / 3 = 8⅔ slots
# alone, and 0.85 of that, 7 spots, beside others.
APART = Apart(0, 2, 0)


def limits(plan: NetworkPlan, new: Order, layer: int = ADVERTISER) -> GroupLimits:
    committed, parts = committed_of(plan, new, Rank.GUARANTEED), order_cells(plan.market, new)
    named = (new.advertiser, plan.market.advertiser) if layer == ADVERTISER else (new.category, plan.market.category)
    return group_limits(plan, new, parts, committed, layer, *named)


def planned(*orders: Order, apart: Apart = APART) -> NetworkPlan:
    return plan_network(network(*orders, apart=apart))


def test_an_order_joins_the_group_of_its_advertiser_and_the_headroom_is_kept_from_the_second_on() -> None:
    found = limits(planned(order("a", 4, advertiser="x")), order("b", 9, advertiser="x"))
    assert (found.joined.tolist(), found.most.tolist(), found.left.tolist()) == ([0], [7], [7 - 4])


def test_an_order_of_a_new_advertiser_joins_no_group() -> None:
    """The other, no longer alone, may fill 7 slots instead of 8: four are taken."""
    found = limits(planned(order("a", 4)), order("b", 9))
    assert (found.joined.tolist(), found.most.tolist(), found.left.tolist()) == ([-1], [7], [3])


def test_an_order_alone_needs_no_headroom() -> None:
    found = limits(planned(), order("b", 9))
    assert (found.joined.tolist(), found.most.tolist()) == ([-1], [8])


def test_a_group_that_fills_more_than_the_headroom_leaves_loses_nothing_and_gets_no_more() -> None:
    found = limits(planned(order("a", 8)), order("b", 9))
    assert found.left.tolist() == [7 - 8]


def test_a_takeover_and_what_has_no_distance_to_keep_are_not_limited() -> None:
    takeover = order("b", share=Fraction(1), rank=Rank.TAKEOVER, advertiser="x")
    plan = planned(order("a", 4, advertiser="x"))
    assert (limits(plan, takeover).joined.tolist(), limits(plan, takeover).most.min() > 10**9) == ([-1], True)
    touching = planned(order("a", 4, advertiser="x"), apart=Apart(0, 0, 0))
    assert limits(touching, order("b", 9, advertiser="x")).apart.tolist() == [False]


def test_categories_are_a_layer_of_their_own() -> None:
    plan = planned(order("a", 4, category="shoes"), apart=Apart(0, 0, 2))
    assert limits(plan, order("b", 9, category="shoes"), CATEGORY).left.tolist() == [7 - 4]
    assert limits(plan, order("b", 9, category="cars"), CATEGORY).joined.tolist() == [-1]


def test_a_part_of_a_cell_has_the_limit_of_its_own_time() -> None:
    """Six slots and two more hold 0.85 · 8 / 3 = 2 spots."""
    new = order("b", 9, advertiser="x", dayparts=hours(18, 24))
    assert limits(planned(order("a", 4, advertiser="x")), new).most.tolist() == [2]
