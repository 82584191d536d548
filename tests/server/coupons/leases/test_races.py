"""Boxes, phones and tills that meet at one piece, on real threads and both databases.

Covers: server.coupons.claims, server.coupons.leases.hand_outs, server.coupons.leases.renew, server.coupons.redeem
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from media.wire.leases import HandOut, HandOutAnswer, LeaseRequest
from server.coupons.claims import OfferSoldOut, claim_offer
from server.coupons.codes.read import read_shown
from server.coupons.leases.hand_outs import accept_hand_outs
from server.coupons.leases.renew import Renewal, renew_leases
from server.coupons.models import Claim, LeasedClaim, LeasedState, Offer, Redemption
from server.coupons.offers import stop_offer
from server.coupons.redeem import AlreadyRedeemed, redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.wallet import copy_of
from server.db import new_id, to_ms, transaction
from server.screens.models import Player
from tests.factories import make_player, make_screen
from tests.rig.phones.racing import race
from tests.server.coupons.conftest import KEYS, a_phone
from tests.server.coupons.leases.conftest import CAPS, hash_of

RACERS = 8
OWNER = Till(merchant_id=None)


@pytest.fixture
def players(engine: Engine) -> list[Player]:
    with transaction(engine) as db:
        return [make_player(db, screen=make_screen(db)) for _ in range(RACERS)]


@pytest.fixture
def renew(now: datetime) -> Callable[..., Any]:
    def do(db: Session, player: Player, offer: Offer, **request: Any) -> Renewal:
        mine = db.get_one(Player, player.id)
        given = {"screen_id": mine.screen_id, "offer_ids": [offer.id], "keys": KEYS, "now": now}
        return renew_leases(db, mine, LeaseRequest(**request), **given)

    return do


@pytest.fixture
def report(now: datetime) -> Callable[..., Any]:
    def do(db: Session, player: Player, claim_id: str, phone: str) -> HandOutAnswer:
        times = {"claimed_ms": to_ms(now), "expires_ms": to_ms(now) + 86_400_000}
        out = HandOut(claim=claim_id, phone=hash_of(phone), screen=player.screen_id, **times)
        return accept_hand_outs(db, db.get_one(Player, player.id), [out], caps=CAPS, now=now)[0]

    return do


@pytest.fixture
def redeem(now: datetime) -> Callable[..., Any]:
    def do(db: Session, claim_id: str) -> str:
        shown = read_shown(copy_of(Claim(id=claim_id, epoch=0), KEYS, now).qr)
        return redeem_claim(db, shown, till=OWNER, keys=KEYS, now=now).redemption.id

    return do


def one_claim(engine: Engine, renew: Any, player: Player, offer: Offer) -> str:
    """A leased claim that the box has."""
    with transaction(engine) as db:
        claim_id: str = renew(db, player, offer).leases[0].claims[0].id
        return claim_id


def check_pieces(engine: Engine, offer: Offer) -> tuple[int, int, int]:
    """Stock left, leased and claimed pieces, which are the stock together."""
    with transaction(engine) as db:
        after = db.get_one(Offer, offer.id)
        leased = db.exec(select(func.count()).where(LeasedClaim.state == LeasedState.LEASED)).one()
        claimed = db.exec(select(func.count()).select_from(Claim)).one()
    assert after.stock_left + leased + claimed == after.stock
    return after.stock_left, leased, claimed


def failed(results: list[Any]) -> set[type]:
    return {type(result) for result in results if isinstance(result, Exception)}


def test_boxes_and_phones_racing_for_the_last_pieces_get_exactly_those(
    engine: Engine, make: Any, players: list[Player], renew: Any, now: datetime
) -> None:
    offer = make(stock=10)
    with transaction(engine) as db:
        phones = [a_phone(db, now) for _ in range(RACERS)]

    def claim(db: Session, phone: Any) -> Claim:
        wish: dict[str, Any] = {"presence": "", "screen_id": None, "keys": KEYS, "now": now}
        return claim_offer(db, offer.id, phone=phone, idempotency_key=new_id(), **wish)

    boxes = [partial(renew, player=player, offer=offer) for player in players]
    results = race(engine, [*boxes, *(partial(claim, phone=phone) for phone in phones)])
    _, leased, claimed = check_pieces(engine, offer)
    sent = [claim for result in results if isinstance(result, Renewal) for of in result.leases for claim in of.claims]
    assert (len(sent), claimed) == (leased, sum(isinstance(result, Claim) for result in results))
    assert failed(results) <= {OfferSoldOut}


def test_one_box_that_sends_its_request_many_times_at_once_gets_one_lease(
    engine: Engine, make: Any, players: list[Player], renew: Any
) -> None:
    offer = make(stock=1000)
    results = race(engine, [partial(renew, player=players[0], offer=offer)] * RACERS)
    assert len({claim.id for result in results for claim in result.leases[0].claims}) == 5
    assert check_pieces(engine, offer)[:2] == (995, 5)


def test_a_claim_reported_for_many_phones_at_once_is_that_of_one(
    engine: Engine, make: Any, players: list[Player], renew: Any, report: Any
) -> None:
    offer = make()
    claim_id = one_claim(engine, renew, players[0], offer)
    reports = [partial(report, player=players[0], claim_id=claim_id, phone=f"phone {n}") for n in range(RACERS)]
    results = race(engine, reports)
    assert sorted(result.status for result in results) == ["accepted", *["refused"] * (RACERS - 1)]
    assert check_pieces(engine, offer)[2] == 1


def test_a_till_and_a_report_at_once_make_one_claim(
    engine: Engine, make: Any, players: list[Player], renew: Any, report: Any, redeem: Any
) -> None:
    offer = make()
    claim_id = one_claim(engine, renew, players[0], offer)
    tills = [partial(redeem, claim_id=claim_id)] * (RACERS // 2)
    reports = [partial(report, player=players[0], claim_id=claim_id, phone="phone")] * (RACERS // 2)
    results = race(engine, [*tills, *reports])
    answers = [result.status for result in results if isinstance(result, HandOutAnswer)]
    assert sorted(answers) == ["accepted", *["duplicate"] * (RACERS // 2 - 1)]
    assert failed(results) == {AlreadyRedeemed}
    assert check_pieces(engine, offer)[2] == 1
    with transaction(engine) as db:
        assert db.exec(select(func.count()).select_from(Redemption)).one() == 1


def test_a_claim_that_is_returned_and_read_at_a_till_at_once_takes_one_piece(
    engine: Engine, make: Any, players: list[Player], renew: Any, redeem: Any, now: datetime
) -> None:
    """A copy of the box returns what the other one has handed out."""
    offer = make()
    claim_id = one_claim(engine, renew, players[0], offer)
    with transaction(engine) as db:
        stop_offer(db, offer.id, now=now)
    returns = [partial(renew, player=players[0], offer=offer, returned=(claim_id,))] * (RACERS // 2)
    results = race(engine, [*returns, *[partial(redeem, claim_id=claim_id)] * (RACERS // 2)])
    assert failed(results) == {AlreadyRedeemed}
    assert check_pieces(engine, offer)[2] == 1
