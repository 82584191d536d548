"""Fillers of unsold time: the ladder of notices, house content and the building's card, each in its own time."""

from __future__ import annotations

from typing import Any

import pytest

from media.fillers import END_MS, Rank, Stretch, fillers_of, items_at, stretches_of, turn_at
from media.timeline import Timeline
from media.wire.timeline import Filler, Manifest
from tests.media.test_timeline import DAY, DAY_MS, shown, timeline

CARD = Filler(item="b", rank=Rank.CARD)


def filler(item: str, rank: Rank, from_ms: int = 0, until_ms: int | None = None) -> Filler:
    return Filler(item=item, rank=rank, from_ms=from_ms, until_ms=until_ms)


def filled(*fillers: Filler, **changes: Any) -> Timeline:
    """Six slots of unsold time, then a spot, over and over."""
    return timeline([("", 6), ("a", 2)], fillers=fillers, **changes)


def test_notices_come_before_house_content_and_that_before_the_card() -> None:
    ladder = [CARD, filler("h1", Rank.HOUSE), filler("alarm", Rank.NOTICE, 10, 20), filler("h2", Rank.HOUSE, 30, 40)]
    assert items_at(ladder, 0) == ("h1",)
    assert items_at(ladder, 10) == ("alarm",)
    assert items_at(ladder, 20) == ("h1",)
    assert items_at(ladder, 39) == ("h1", "h2")
    assert items_at([], 0) == ()


def test_a_notice_alone_fills_the_free_time() -> None:
    known = filled(filler("h1", Rank.NOTICE, DAY - 1))
    assert {item for _, _, item in shown(known, 0, 20)} == {"h1", "a"}


def test_a_notice_that_ends_gives_way_to_house_content_at_its_instant() -> None:
    known = filled(CARD, filler("h1", Rank.HOUSE), filler("h2", Rank.NOTICE, DAY - 1, DAY + 15_000))
    assert shown(known, 0, 5) == [
        (0, 10_000, "h2"),
        (10_000, 15_000, "h2"),
        (15_000, 20_000, "h1"),
        (20_000, 25_000, "h1"),
        (25_000, 30_000, "h1"),
    ]


def test_house_content_has_a_last_day_after_the_planned_days_too() -> None:
    years = DAY + 400 * DAY_MS
    known = filled(CARD, filler("h1", Rank.HOUSE, 0, years))
    assert known.spot_at(years - 1).item == "h1"
    assert (known.spot_at(years).item, known.spot_at(years).kind) == ("b", "house")


def test_with_a_card_no_open_slot_is_ever_black() -> None:
    known = filled(CARD, filler("h1", Rank.HOUSE, DAY + 3_600_000, DAY + 7_200_000))
    items = {known.spot_at(DAY + step * 35_000).item for step in range(-100, 3 * 2468)}
    assert items == {"a", "b", "h1"}


def test_the_stage_carries_the_card_as_house_content() -> None:
    stage = filled(CARD).stage(DAY + 1)
    assert stage.items["b"].title == "b"
    assert {spot.kind for spot in stage.spots if spot.item == "b"} == {"house"}


def test_a_filler_whose_item_is_not_known_is_passed_over() -> None:
    assert fillers_of(filled(filler("gone", Rank.NOTICE), CARD).manifest) == (CARD,)


def test_a_manifest_of_an_older_server_has_house_content_only() -> None:
    assert [filler.item for filler in fillers_of(timeline([("", 2)]).manifest)] == ["h1", "h2"]


def test_a_reader_takes_a_rank_that_it_does_not_know_in_its_order() -> None:
    fields = filled(CARD).manifest.model_dump()
    fields["fillers"] = [{"item": "h1", "rank": 7}, {"item": "h2", "rank": -1, "mood": "sunny"}]
    assert Timeline(Manifest.model_validate(fields), {}).spot_at(DAY).item == "h2"


def test_stretches_follow_each_other_without_a_gap_and_differ() -> None:
    ladder = [filler("h1", Rank.HOUSE), filler("a", Rank.NOTICE, 10, 20), filler("h2", Rank.HOUSE, 15, 18)]
    assert stretches_of(ladder) == [Stretch(0, 10, ("h1",)), Stretch(10, 20, ("a",)), Stretch(20, END_MS, ("h1",))]
    assert stretches_of(ladder, 12, 14) == [Stretch(12, 14, ("a",))]


@pytest.mark.parametrize(
    ("at", "turn"), [(100, (0, 100, 105)), (104, (0, 100, 105)), (105, (1, 105, 115)), (130, (0, 130, 135))]
)
def test_whose_turn_it_is(at: int, turn: tuple[int, int, int]) -> None:
    assert turn_at([5, 10], at, since_ms=100) == turn
