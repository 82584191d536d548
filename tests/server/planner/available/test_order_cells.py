"""Where one more order may play; the day has 24 slots of an hour, cut into cells by the orders it has already."""

from __future__ import annotations

from fractions import Fraction

from server.planner.available.order_cells import even_plays, order_cells
from server.planner.model.network import Rank
from server.planner.model.problem import Apart
from tests.server.planner.small_networks import hours, market, order, place, profile, share

PLACES = (place("p", "north"), place("q", "north", "cinema"), place("r", "south", screens=2))


def test_hours_that_cut_a_cell_have_a_part_of_it() -> None:
    """Cells are 0–5 and 6–23; the order plays from 4 to 9."""
    parts = order_cells(market(order("a", dayparts=hours(0, 6))), order("b", 9, dayparts=hours(4, 10)))
    assert (parts.cell.tolist(), parts.slots.tolist(), parts.most.tolist()) == ([0, 1], [2, 4], [2, 4])


def test_only_the_places_of_a_class_that_qualify_count() -> None:
    """No order of the day names a trait, so the two places of one screen are one class, and only one is no cinema."""
    made = market(order("a", 1), places=PLACES)
    new = order("b", 9, targets=frozenset({"north"}), barred=frozenset({"cinema"}))
    parts = order_cells(made, new)
    assert (parts.classes.tolist(), parts.places.tolist(), parts.screens) == ([0], [1], 1)
    known = market(order("a", 1, targets=new.targets, barred=new.barred), places=PLACES)
    assert order_cells(known, new).places.tolist() == [1]


def test_a_bank_counts_each_of_its_screens() -> None:
    parts = order_cells(market(places=PLACES), order("b", 9))
    assert (parts.screens, parts.places.tolist(), parts.worth.tolist()) == (4, [2, 1], [1000, 2000])
    assert (parts.most.tolist(), parts.turn.tolist(), parts.turn_of.tolist()) == ([48, 24], [0, 1], [0, 1])


def test_the_plays_of_a_run_are_counted_over_its_cells_together() -> None:
    """With a gap of one slot nine slots from 3 to 12 hold (9 + 1) // 2 = 5 spots, the three of the first cell two."""
    made = market(order("a", dayparts=hours(0, 6)), apart=Apart(1, 0, 0))
    assert order_cells(made, order("b", 9, dayparts=hours(3, 12))).most.tolist() == [2, 3]
    takeover = share("b", Fraction(1), dayparts=hours(3, 12))
    assert order_cells(
        made, order("b", share=Fraction(1), rank=Rank.TAKEOVER, dayparts=takeover.dayparts)
    ).most.tolist() == [3, 6]


def test_a_cap_of_an_hour_limits_every_part() -> None:
    """A slot is ten minutes, so of a cap of three there are 1½ in three slots, rounded up."""
    made = market(order("a", 1), profiles=[profile(0, 9)], slot_ms=600_000)
    assert order_cells(made, order("b", 9, hourly=3)).most.tolist() == [5]


def test_a_play_counts_the_impressions_of_its_cell() -> None:
    seen = profile(impressions=(((0, 6), 250), ((6, 8), 0)))
    parts = order_cells(market(profiles=[seen]), order("b", 9, impressions=True))
    assert (parts.cell.tolist(), parts.worth.tolist()) == ([0, 2], [250, 1000])


def test_hours_too_short_for_the_spot_have_no_part() -> None:
    parts = order_cells(market(order("a", 1)), order("b", 9, dayparts=hours(4, 6), slots=Fraction(3), longest=3))
    assert (len(parts.cell), parts.screens) == (0, 0)


def test_an_order_alone_is_spread_evenly_over_its_parts() -> None:
    """Cells of 6 and 18 slots on one place."""
    made = market(order("a", dayparts=hours(0, 6)))
    for new, plays in (
        (order("b", 4), [1, 3]),
        (order("b", each=Fraction(8)), [2, 6]),
        (share("b", Fraction(1, 3), slots=Fraction(2)), [1, 3]),
    ):
        assert even_plays(new, order_cells(made, new)).tolist() == plays
