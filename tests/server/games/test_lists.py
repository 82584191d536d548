from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from media.games.draw_record import differences
from media.games.draws import draw_winners
from media.games.referee import Counts, PrizeRule, Result
from media.wire.games import PrizeFor
from server.coupons.codes.derive import CouponKeys
from server.games.lists import NoSuchDraw, draw_record, page_of_rounds
from server.games.rounds import Spot, open_round, settle_round
from server.paging import PageRequest
from tests.factories import NOON
from tests.server.games.conftest import after

SEED = bytes(range(32))
RULE = PrizeRule(PrizeFor.DRAWN, most=2, odds_ppm=900_000)
DRAWN = Result([], draw_winners(SEED, range(3), most=2, odds_ppm=900_000), [0, 1, 2], RULE)
NOT_DRAWN = Result([], [0], [])


@pytest.fixture
def settle(db: Session, spot: Spot, phones: list[str], keys: CouponKeys) -> Any:
    """Settles a round of the game, and returns its id."""

    def settle(result: Result, *, at: datetime = NOON) -> str:
        round_ = open_round(db, Spot(spot.screen_id, at, 20_000, spot.creative_id, None), seed=SEED, now=at)
        counts = Counts(joined=3, played=3, finished=3, prizes=0)
        settle_round(db, round_.id, result, counts, phones=dict(enumerate(phones)), keys=keys, now=at)
        return round_.id

    return settle


def test_the_record_of_a_draw_is_correct_and_says_whose_prize_was_in_stock(
    db: Session, spot: Spot, settle: Any
) -> None:
    record = draw_record(db, spot.creative_id, settle(DRAWN))
    assert list(differences(record)) == []
    assert (record.entrants, record.most, record.odds_ppm, record.starts_at) == ((0, 1, 2), 2, 900_000, NOON)
    assert len(record.winners) == 2
    assert record.prizes == record.winners[:1]  # the stock is 1


def test_a_game_that_draws_nothing_has_no_record(db: Session, spot: Spot, settle: Any) -> None:
    with pytest.raises(NoSuchDraw):
        draw_record(db, spot.creative_id, settle(NOT_DRAWN))


def test_a_record_belongs_to_its_creative_and_to_a_round_that_is_over(db: Session, spot: Spot, settle: Any) -> None:
    drawn, running = (
        settle(DRAWN),
        open_round(db, Spot(spot.screen_id, after(60), 20_000, spot.creative_id, None), seed=SEED, now=NOON),
    )
    for creative_id, round_id in (("another", drawn), (spot.creative_id, "none"), (spot.creative_id, running.id)):
        with pytest.raises(NoSuchDraw):
            draw_record(db, creative_id, round_id)


def test_rounds_that_are_over_are_listed_newest_first(db: Session, spot: Spot, settle: Any) -> None:
    older, newer = settle(NOT_DRAWN), settle(DRAWN, at=after(60))
    open_round(db, Spot(spot.screen_id, after(120), 20_000, spot.creative_id, None), seed=SEED, now=NOON)
    page = page_of_rounds(db, PageRequest(), spot.creative_id)
    assert [(row.round.id, row.has_draw) for row in page] == [(newer, True), (older, False)]
    assert page_of_rounds(db, PageRequest(search="nowhere"), spot.creative_id).total == 0
    assert page_of_rounds(db, PageRequest(search="Car"), spot.creative_id).total == 2
    assert page_of_rounds(db, PageRequest(), "another").total == 0
