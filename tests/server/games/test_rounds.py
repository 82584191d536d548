from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from media.games.draws import draw_winners
from media.games.referee import Counts, Referee, Result
from media.games.scoring import Standing
from media.wire.games import GameInput
from server.coupons.codes.derive import CouponKeys
from server.coupons.models import Claim, Offer
from server.db import get_or_raise, reading, to_ms, transaction
from server.games.models import GameRound
from server.games.rounds import (
    NoSuchGame,
    Spot,
    open_round,
    phones_of,
    referee_of,
    round_at,
    save_round,
    settle_abandoned,
    settle_round,
)
from tests.factories import NOON, make_creative, make_screen
from tests.server.games.conftest import after

SEED = b"s" * 32
COUNTS = Counts(joined=3, played=3, finished=3, prizes=0)
RESULT = Result([Standing((1,), 9000, 1), Standing((0,), 5000, 1)], winners=[1, 0], entrants=[])


@pytest.fixture
def round_id(engine: Engine, spot: Spot) -> str:
    with transaction(engine) as db:
        return open_round(db, spot, seed=SEED, now=NOON).id


def settle(engine: Engine, round_id: str, phones: list[str], keys: CouponKeys) -> list[int]:
    with transaction(engine) as db:
        return settle_round(db, round_id, RESULT, COUNTS, phones=dict(enumerate(phones)), keys=keys, now=after(17))


def claims(engine: Engine) -> list[Claim]:
    with reading(engine) as db:
        return list(db.exec(select(Claim)).all())


def row(engine: Engine, round_id: str) -> GameRound:
    with reading(engine) as db:
        return get_or_raise(db, GameRound, round_id, NoSuchGame)


def played(engine: Engine, round_id: str, phones: list[str], *taps: int) -> Referee:
    """A referee that has counted these taps of the phones."""
    with reading(engine) as db:
        referee = referee_of(db, row(engine, round_id), now=after(1), most_per_address=10)
    for phone, count in zip(phones, taps, strict=False):
        referee.join(phone, "10.0.0.1", to_ms(after(1)))
        referee.take(phone, GameInput(spot=to_ms(NOON), taps=count), to_ms(after(12)))
    return referee


def test_a_spot_has_one_round_whoever_opens_it(engine: Engine, spot: Spot, round_id: str) -> None:
    with transaction(engine) as db:
        again = open_round(db, spot, seed=b"other" * 6, now=after(3))
        assert (again.id, again.seed) == (round_id, SEED.hex())
        assert round_at(db, spot.screen_id, NOON) is not None
        assert round_at(db, spot.screen_id, after(20)) is None


def test_the_winner_gets_the_prize_and_who_comes_after_the_stock_is_left_out(
    engine: Engine, round_id: str, phones: list[str], keys: CouponKeys, offer: Offer
) -> None:
    assert settle(engine, round_id, phones, keys) == [1]
    [claim] = claims(engine)
    assert (claim.phone_id, claim.offer_id, claim.presence) == (phones[1], offer.id, "game")
    saved = row(engine, round_id)
    assert (saved.joined, saved.prizes, saved.snapshot) == (3, 1, "")
    assert saved.result == {
        "places": [{"seats": [1], "points": 9000}, {"seats": [0], "points": 5000}],
        "winners": [1],
        "entrants": [],
        "cut_short": False,
    }


def test_a_round_is_settled_once_however_often_and_at_once(
    engine: Engine, round_id: str, phones: list[str], keys: CouponKeys
) -> None:
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _nth: settle(engine, round_id, phones, keys), range(4)))
    assert given == [[1]] * 4
    assert len(claims(engine)) == 1


def test_what_is_saved_goes_on_elsewhere(engine: Engine, round_id: str, phones: list[str]) -> None:
    referee = played(engine, round_id, phones, 10, 20)
    with transaction(engine) as db:
        save_round(db, round_id, referee.snapshot(to_ms(after(12))), referee.counts(), now=after(12))
    assert row(engine, round_id).joined == 2
    with reading(engine) as db:
        again = referee_of(db, row(engine, round_id), now=after(13))
    assert again.result(to_ms(after(17))) == referee.result(to_ms(after(17)))
    assert phones_of(again) == {0: phones[0], 1: phones[1]}


def test_nothing_is_saved_over_a_result(engine: Engine, round_id: str, phones: list[str], keys: CouponKeys) -> None:
    settle(engine, round_id, phones, keys)
    with transaction(engine) as db:
        save_round(db, round_id, b"{}", COUNTS, now=after(18))
    assert row(engine, round_id).snapshot == ""


@pytest.mark.parametrize(("at_s", "given"), [(60, 0), (200, 1)])
def test_a_game_whose_referee_did_not_come_back_is_drawn_among_those_that_had_joined(
    engine: Engine, round_id: str, phones: list[str], keys: CouponKeys, at_s: int, given: int
) -> None:
    referee = played(engine, round_id, phones, 10, 20)
    with transaction(engine) as db:
        save_round(db, round_id, referee.snapshot(to_ms(after(12))), referee.counts(), now=after(12))
    for _ in range(2):
        with transaction(engine) as db:
            settle_abandoned(db, keys=keys, now=after(at_s))
    [drawn] = draw_winners(SEED, [0, 1], most=1)
    assert [claim.phone_id for claim in claims(engine)] == [phones[drawn]] * given
    assert (row(engine, round_id).result or {}).get("cut_short", False) is bool(given)


def test_a_creative_without_a_design_is_no_game(engine: Engine) -> None:
    with transaction(engine) as db:
        spot = Spot(make_screen(db).id, NOON, 20_000, make_creative(db).id, None)
        with pytest.raises(NoSuchGame):
            referee_of(db, open_round(db, spot, seed=SEED, now=NOON), now=NOON)
