"""A day of the network as classes, cells and edges; slots are hours where nothing else is said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from server.planner.model.market import Market, market_of, spot_limit
from server.planner.model.network import Rank
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import hours, market, network, order, place, profile

TEN_MINUTES_MS = 600_000


def edges(market: Market) -> list[tuple[int, int, int]]:
    """Order, cell and most plays of each edge."""
    columns = (market.edge_order.tolist(), market.edge_cell.tolist(), market.edge_most.tolist())
    return list(zip(*columns, strict=True))


def test_a_day_is_cut_where_an_orders_hours_begin_and_end() -> None:
    made = market(order("a"), order("b", dayparts=hours(6, 9)), profiles=[profile(2, 20)])
    assert made.classes[0].cells.tolist() == [[2, 6], [6, 9], [9, 20]]
    assert made.cell_slots.tolist() == [4, 3, 11]
    assert edges(made) == [(0, 0, 4), (0, 1, 3), (0, 2, 11), (1, 1, 3)]


def test_hours_in_which_the_longest_spot_does_not_fit_have_no_edge() -> None:
    assert edges(market(order("a", dayparts=hours(6, 9), longest=4))) == []


def test_places_that_no_order_distinguishes_are_one_class() -> None:
    places = [place("p0", "north"), place("p1", "south"), place("p2", "north", "cinema")]
    assert [part.members.tolist() for part in market(order("a"), places=places).classes] == [[0, 1, 2]]
    for named in ({"targets": frozenset({"north"})}, {"barred": frozenset({"south"})}):
        made = market(order("a", **named), places=places)
        assert [part.members.tolist() for part in made.classes] == [[0, 2], [1]]
        assert [part.orders.tolist() for part in made.classes] == [[0], []]


def test_places_of_other_rules_or_with_more_screens_are_another_class() -> None:
    places = [place("p0"), place("p1", screens=3), place("p2", profile=1)]
    made = market(order("a"), places=places, profiles=[profile(), profile(0, 12)])
    assert made.cell_places.tolist() == [1, 1, 1]
    assert made.cell_slots.tolist() == [24, 24, 12]


def test_an_exclusion_goes_before_a_target() -> None:
    both = order("a", targets=frozenset({"north"}), barred=frozenset({"cinema"}))
    made = market(both, places=[place("p0", "north"), place("p1", "north", "cinema")])
    assert [part.orders.tolist() for part in made.classes] == [[0], []]


def test_an_unbroken_run_of_cells_holds_no_more_than_the_run_does() -> None:
    """With a gap of one slot, six slots hold three spots, (6 + 1) // 2; the first three of them hold two."""
    made = market(
        order("a", dayparts=hours(0, 6)),
        order("b", dayparts=hours(3, 6)),
        apart=Apart(1, 0, 0),
        profiles=[profile(0, 6)],
    )
    assert edges(made) == [(0, 0, 2), (0, 1, 1), (1, 1, 2)]


def test_a_takeovers_spots_need_no_gap() -> None:
    takeover = order("a", rank=Rank.TAKEOVER, dayparts=hours(0, 6))
    assert edges(market(takeover, apart=Apart(1, 0, 0)))[0] == (0, 0, 6)


def test_a_cap_of_an_hour_cuts_the_day_into_hours() -> None:
    """Slots are ten minutes: an hour has six of them, and half an hour has half the cap, rounded down."""
    made = market(order("a", hourly=3), profiles=[profile(0, 9)], slot_ms=TEN_MINUTES_MS)
    assert made.classes[0].cells.tolist() == [[0, 6], [6, 9]]
    assert edges(made) == [(0, 0, 3), (0, 1, 1)]


def test_a_play_counts_its_impressions_on_each_screen_of_a_bank() -> None:
    seen = profile(0, 24, impressions=(((0, 6), 250), ((6, 12), 0)))
    made = market(order("a"), order("b", impressions=True), profiles=[seen], places=[place(screens=2)])
    worth = {(made.edge_order[edge], made.edge_cell[edge]): int(made.worth[edge]) for edge in range(len(made.worth))}
    assert worth == {(0, 0): 2000, (0, 1): 2000, (0, 2): 2000, (1, 0): 500, (1, 2): 2000}


def test_the_part_that_a_venue_reserves_is_rounded_down() -> None:
    made = market(order("a", dayparts=hours(0, 5)), profiles=[profile(0, 24, reserved=Fraction(1, 2))])
    assert made.cell_own.tolist() == [2, 9]


def test_only_takeovers_and_empty_names_are_kept_apart_from_nobody() -> None:
    made = market(
        order("a", advertiser="x", category="shoes"),
        order("b", advertiser="x"),
        order("c", rank=Rank.TAKEOVER, advertiser="x", category="shoes"),
        order("d", advertiser="y", category="shoes"),
    )
    assert made.advertiser.tolist() == [0, 0, -1, 1]
    assert made.category.tolist() == [0, -1, -1, 0]


def test_a_cell_continues_in_the_next_of_its_class_where_nothing_lies_between() -> None:
    broken = profile(0, 24, advert_free=((6, 8),))
    made = market(order("a", dayparts=hours(0, 4)), profiles=[broken, broken], places=[place(), place("q", profile=1)])
    assert made.classes[0].cells.tolist() == [[0, 4], [4, 24]]
    assert made.continues.tolist() == [True, False, True, False]


def test_a_network_without_orders_or_screens_has_an_empty_market() -> None:
    assert market().edge_cell.tolist() == []
    assert market().cell_slots.tolist() == [24]
    closed = market_of(network(order("a"), profiles=[profile(0, 0)]))
    assert (closed.cell_slots.tolist(), closed.continues.tolist()) == ([], [])


@pytest.mark.parametrize(
    ("slots", "length", "gap", "most"),
    [
        (6, Fraction(1), 1, 3),
        (7, Fraction(1), 1, 4),
        (7, Fraction(3, 2), 1, 3),
        (0, Fraction(1), 0, 0),
        (1, Fraction(2), 1, 0),
    ],
)
def test_the_last_spot_of_a_run_needs_no_gap(slots: int, length: Fraction, gap: int, most: int) -> None:
    assert int(spot_limit(slots, length, gap)) == most
