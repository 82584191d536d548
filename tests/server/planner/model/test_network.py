from __future__ import annotations

from server.planner.model.network import Rank
from tests.server.planner.small_networks import network, order


def test_ranks_are_served_in_the_order_of_their_promises() -> None:
    assert sorted(Rank) == [Rank.TAKEOVER, Rank.SHARE, Rank.GUARANTEED, Rank.OWN, Rank.BONUS]


def test_traits_that_an_order_targets_or_excludes_are_named() -> None:
    day = network(order("a", targets=frozenset({"north"})), order("b", barred=frozenset({"cinema", "north"})))
    assert day.named == {"north", "cinema"}
    assert network().named == frozenset()
