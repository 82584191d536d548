"""Eight hours without an uplink: five boxes of one offer give out 200 coupons, and the server all that it has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from player.sync.leases import GivenClaim, LeaseStore
from server.coupons.caps import caps_for
from server.coupons.claims import OfferSoldOut, claim_offer
from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.leases.answer import leases_answer
from server.coupons.leases.hand_outs import accept_hand_outs
from server.coupons.leases.renew import renew_leases
from server.coupons.models import Claim, LeasedClaim, LeasedState, Offer, Redemption
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.phones import phone_of_token, token_hash
from server.coupons.wallets.wallet import copy_of, wallet_of
from server.db import new_id, to_ms, transaction
from server.screens.models import Player
from tests.factories import NOON, make_offer, make_player, make_screen

KEYS = coupon_keys("k" * 64)
BOXES, OFFLINE_CLAIMS, STOCK = 5, 200, 600
HOURS = timedelta(hours=8)
OWNER = Till(merchant_id=None)


@dataclass
class Box:
    player: Player
    store: LeaseStore

    def renew(self, db: Session, offer: Offer, now: datetime) -> None:
        player, request = db.get_one(Player, self.player.id), self.store.request()
        given = {"screen_id": player.screen_id or "", "offer_ids": [offer.id], "keys": KEYS, "now": now}
        renewal = renew_leases(db, player, request, **given)
        answer = leases_answer(renewal, keys=KEYS, public_url="https://screens.example", now=now)
        self.store.accept(answer, request=request, now_ms=to_ms(now))

    def report(self, db: Session, now: datetime, *, answer_is_lost: bool = False) -> None:
        """All that it has, in the batches of its rounds."""
        while batch := self.store.unreported(25):
            answers = accept_hand_outs(db, db.get_one(Player, self.player.id), batch, caps=caps_for(40), now=now)
            if answer_is_lost:
                return
            self.store.settle(answers)


@dataclass(frozen=True)
class Outcome:
    """pieces: in the stock, unused at boxes, and of all claims · claims, redeemed: rows of the database
    known: coupons that a box gave out and that are in their phone's wallet with the same times
    """

    stock: int
    pieces: int
    claims: int
    expected_claims: int
    given: int
    known: int
    redemptions: int
    expected_redemptions: int


def offline_hours(engine: Engine, folder: Path) -> Outcome:
    """All of it with a clock that is passed in. Reports arrive in any order, and every second answer is lost."""
    chance = Random(8)
    with transaction(engine) as db:
        offer = make_offer(db, stock=STOCK, presence=False)
        boxes = [
            Box(make_player(db, screen=make_screen(db)), LeaseStore(folder / f"box {nth}")) for nth in range(BOXES)
        ]
        for box in boxes:
            _claim_yesterday(db, offer, box, 20)
    for box in boxes * 2:
        with transaction(engine) as db:
            box.renew(db, offer, NOON)
    given = [_give(boxes[nth % BOXES], offer, nth) for nth in range(OFFLINE_CLAIMS)]
    with transaction(engine) as db:
        online = _claim_all_that_is_left(db, offer)
        redeemed = chance.sample(given, 60)
        for coupon in redeemed:
            _redeem(db, coupon.claim, NOON + HOURS)
    for box in chance.choices(boxes, k=20) + boxes:
        with transaction(engine) as db:
            box.report(db, NOON + HOURS, answer_is_lost=chance.random() < 0.5)
    for box in boxes:
        with transaction(engine) as db:
            box.report(db, NOON + HOURS)
            box.renew(db, offer, NOON + HOURS)
    with transaction(engine) as db:
        claims = db.exec(select(func.count()).select_from(Claim)).one()
        leased = db.exec(select(func.count()).where(col(LeasedClaim.state) == LeasedState.LEASED)).one()
        return Outcome(
            stock=STOCK,
            pieces=db.get_one(Offer, offer.id).stock_left + leased + claims,
            claims=claims,
            expected_claims=BOXES * 20 + online + OFFLINE_CLAIMS,
            given=len(given),
            known=sum(_is_known(db, nth, coupon) for nth, coupon in enumerate(given)),
            redemptions=db.exec(select(func.count()).select_from(Redemption)).one(),
            expected_redemptions=len(redeemed),
        )


def _is_known(db: Session, nth: int, coupon: GivenClaim) -> bool:
    held = wallet_of(db, phone_of_token(db, f"phone {nth}", now=NOON).id)
    rows = [(entry.claim.id, to_ms(entry.claim.claimed_at), to_ms(entry.claim.expires_at)) for entry in held]
    return rows == [(coupon.claim, coupon.claimed_ms, coupon.expires_ms)]


def _claim_yesterday(db: Session, offer: Offer, box: Box, claims: int) -> None:
    for _ in range(claims):
        at = NOON - timedelta(hours=5)
        phone = phone_of_token(db, new_id(), now=at)
        wish = {"presence": "", "idempotency_key": "k", "screen_id": box.player.screen_id}
        claim_offer(db, offer.id, phone=phone, keys=KEYS, now=at, **wish)


def _give(box: Box, offer: Offer, nth: int) -> GivenClaim:
    at = NOON + HOURS * nth / OFFLINE_CLAIMS
    request = {"phone": token_hash(f"phone {nth}"), "key": "k", "screen": box.player.screen_id or ""}
    given = box.store.hand_out(offer.id, now_ms=to_ms(at), **request)
    assert isinstance(given, GivenClaim)
    return given


def _claim_all_that_is_left(db: Session, offer: Offer) -> int:
    """Phones elsewhere, until the stock is sold out."""
    for claims in range(STOCK):
        phone = phone_of_token(db, new_id(), now=NOON)
        try:
            claim_offer(
                db, offer.id, phone=phone, presence="", idempotency_key="k", screen_id=None, keys=KEYS, now=NOON
            )
        except OfferSoldOut:
            return claims
    raise AssertionError("the stock never ended")


def _redeem(db: Session, claim_id: str, now: datetime) -> None:
    redeem_claim(db, read_shown(copy_of(Claim(id=claim_id, epoch=0), KEYS, now).qr), till=OWNER, keys=KEYS, now=now)
