from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.allotment.fulfilment import Fulfilment, fulfilments_of
from server.planner.allocate.network_plan import plan_network
from server.planner.allocate.orders import order_of
from server.planner.model.days import local_day
from server.planner.model.network import NetworkDay, Order, Place, Profile
from server.planner.model.problem import Apart
from tests.server.planner.world import booking

MONDAY = date(2026, 3, 2)
DAY = local_day("UTC", MONDAY)
SLOTS = 100
NONE_APART = Apart(0, 0, 0)
PLACES = (Place("lift", 0, frozenset({"lift"})), Place("lobby", 0, frozenset({"lobby"}), screens=3))


def order_of_one_slot(id_: str, goal: float, *, plays: int = 0, **more: Any) -> Order:
    """One that takes one slot a spot."""
    made = order_of(booking(id_, goal, slots=1, **more), MONDAY, plays=plays)
    assert made is not None
    return made


def fulfilled(*orders: Order, open_slots: int = SLOTS, apart: Apart = NONE_APART) -> dict[str, tuple[int, int, str]]:
    assert DAY is not None
    profile = Profile(DAY, ((0, open_slots),) if open_slots else ())
    day = NetworkDay(slot_ms=5000, orders=orders, profiles=(profile,), places=PLACES, apart=apart)
    found = list(fulfilments_of(plan_network(day)))
    assert all(isinstance(order, Fulfilment) for order in found)
    return {order.booking: (order.wanted, order.given, order.why) for order in found}


def test_a_share_is_counted_over_every_screen_of_a_bank() -> None:
    assert fulfilled(order_of_one_slot("a", 10)) == {"a": (40, 40, "")}


def test_plays_of_the_day_are_counted_once_for_all_screens() -> None:
    assert fulfilled(order_of_one_slot("a", 0, goal_kind="plays", plays=30)) == {"a": (30, 30, "")}


@pytest.mark.parametrize(("apart", "why"), [(Apart(0, 0, 0), "overbooked"), (Apart(2, 0, 0), "no_room")])
def test_an_order_for_more_than_fits_is_short_for_lack_of_time_or_because_of_distances(apart: Apart, why: str) -> None:
    wanted, given, short = fulfilled(order_of_one_slot("a", 0, goal_kind="plays", plays=10_000), apart=apart)["a"]
    assert (wanted, short) == (10_000, why)
    assert 0 < given <= 4 * SLOTS


@pytest.mark.parametrize("targets", [{"no such trait"}, {"lift"}])
def test_an_order_that_may_play_nowhere_says_so(targets: set[str]) -> None:
    nowhere = order_of_one_slot("a", 0, goal_kind="plays", plays=5, targets=frozenset(targets))
    assert fulfilled(nowhere, open_slots=0) == {"a": (5, 0, "closed")}


def test_without_orders_nothing_is_fulfilled() -> None:
    assert fulfilled() == {}
