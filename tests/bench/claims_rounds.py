"""The races of the claims bench: 50 requests at once at one piece or one coupon, then what must be true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from server.coupons.claims import claim_offer
from server.coupons.codes.derive import CouponKeys
from server.coupons.codes.read import read_shown
from server.coupons.models import Claim, Offer, Phone, Redemption, Reversal
from server.coupons.offers import OfferForm, make_offer
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.phones import phone_of_token
from server.coupons.wallets.wallet import copy_of
from server.db import new_id, reading, transaction, utc_now
from tests.bench.burst import Answer, post

OWNER = Till(merchant_id=None)


@dataclass(frozen=True)
class Ground:
    """Where the rounds take place."""

    engine: Engine
    keys: CouponKeys
    merchant_id: str
    bearer: dict[str, str]
    racers: int


@dataclass(frozen=True)
class Round:
    """The requests that leave at once, and a look at their answers and the database: what is wrong, if anything."""

    pair: str
    requests: list[bytes]
    wrongs: Callable[[Session, Sequence[Answer]], list[str]]


# --- requests


def claim_request(offer: Offer, *, token: str, key: str) -> bytes:
    return post(f"/api/v1/offers/{offer.id}/claims", {}, phone_headers(token=token, key=key))


def phone_headers(*, token: str, key: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={token}", "Idempotency-Key": key}


def redeem_request(ground: Ground, claim: Claim, *, key: str) -> bytes:
    qr = copy_of(claim, ground.keys, utc_now()).qr
    return post("/api/v1/redemptions", {"qr": qr}, {**ground.bearer, "Idempotency-Key": key})


def reverse_request(ground: Ground, redemption_id: str) -> bytes:
    return post(f"/api/v1/redemptions/{redemption_id}/reversal", {"reason": "Race"}, ground.bearer)


# --- rounds


def last_piece(ground: Ground) -> Round:
    """Fifty phones, one piece."""
    offer = _new_offer(ground, stock=1)
    requests = [claim_request(offer, token=new_token(), key=new_id()) for _ in range(ground.racers)]

    def wrongs(db: Session, answers: Sequence[Answer]) -> list[str]:
        return [
            *_unless("one 201, the rest 409", _statuses(answers) == {201: 1, 409: ground.racers - 1}),
            *_stock_wrongs(db, offer, claims=1),
        ]

    return Round("claim/claim", requests, wrongs)


def one_coupon(ground: Ground) -> Round:
    """Fifty tills, one coupon."""
    claim = _new_claim(ground)
    requests = [redeem_request(ground, claim, key=new_id()) for _ in range(ground.racers)]

    def wrongs(db: Session, answers: Sequence[Answer]) -> list[str]:
        return [
            *_unless("one 201, the rest 409", _statuses(answers) == {201: 1, 409: ground.racers - 1}),
            *_unless("one redemption", _count(db, Redemption, Redemption.claim_id == claim.id) == 1),
            *_use_wrongs(db, claim),
        ]

    return Round("redeem/redeem", requests, wrongs)


def back_and_forth(ground: Ground) -> Round:
    """A used coupon: half redeem it, half take the use back."""
    claim = _new_claim(ground)
    with transaction(ground.engine) as db:
        shown, now = read_shown(copy_of(claim, ground.keys, utc_now()).qr), utc_now()
        first = redeem_claim(db, shown, till=OWNER, keys=ground.keys, now=now).redemption
    halves = [(reverse_request(ground, first.id), redeem_request(ground, claim, key=new_id())) for _ in _half(ground)]
    requests = [request for pair in halves for request in pair]

    def wrongs(db: Session, answers: Sequence[Answer]) -> list[str]:
        redeemed = _statuses(answers[1::2]).get(201, 0)
        return [
            *_unless("one reversal", _statuses(answers[::2]).get(201, 0) == 1),
            *_unless("at most one new use", redeemed <= 1),
            *_unless("nothing but 201 and 409", set(_statuses(answers)) <= {201, 409}),
            *_unless("every use stored", _count(db, Redemption, Redemption.claim_id == claim.id) == 1 + redeemed),
            *_use_wrongs(db, claim),
        ]

    return Round("redeem/reversal", requests, wrongs)


def _half(ground: Ground) -> range:
    return range(ground.racers // 2)


def one_key(ground: Ground) -> Round:
    """One phone sends the same claim fifty times."""
    offer = _new_offer(ground, stock=12)
    requests = [claim_request(offer, token=new_token(), key=new_id())] * ground.racers

    def wrongs(db: Session, answers: Sequence[Answer]) -> list[str]:
        return [
            *_unless("only 201", _statuses(answers) == {201: ground.racers}),
            *_unless("one claim answered", len({answer.json().get("claim") for answer in answers}) == 1),
            *_stock_wrongs(db, offer, claims=1),
        ]

    return Round("same key", requests, wrongs)


ROUNDS: tuple[Callable[[Ground], Round], ...] = (last_piece, one_coupon, back_and_forth, one_key)


# --- what must be true


def _stock_wrongs(db: Session, offer: Offer, *, claims: int) -> list[str]:
    now = db.get_one(Offer, offer.id)
    counted = _count(db, Claim, Claim.offer_id == offer.id)
    return [
        *_unless("claims as many as won", counted == claims),
        *_unless("stock is what is left", now.stock - now.stock_left == counted and now.stock_left >= 0),
    ]


def _use_wrongs(db: Session, claim: Claim) -> list[str]:
    """A claim is marked as used exactly when one redemption of it stands, and never do two."""
    marked = db.get_one(Claim, claim.id).redeemed_at is not None
    uses, taken_back = _count(db, Redemption, Redemption.claim_id == claim.id), _reversals(db, claim)
    return _unless("marked exactly when one use stands", uses - taken_back == int(marked))


def whole_database_wrongs(engine: Engine) -> list[str]:
    """After all rounds: over every offer and claim there is."""
    with reading(engine) as db:
        claims = dict(db.exec(select(Claim.offer_id, func.count()).group_by(Claim.offer_id)).all())
        offers = [o.id for o in db.exec(select(Offer)).all() if o.stock - o.stock_left != claims.get(o.id, 0)]
        standing = (
            select(Redemption.claim_id, func.count())
            .outerjoin(Reversal, col(Reversal.redemption_id) == col(Redemption.id))
            .where(col(Reversal.id).is_(None))
            .group_by(Redemption.claim_id)
        )
        uses = dict(db.exec(standing).all())
        marked = set(db.exec(select(Claim.id).where(col(Claim.redeemed_at).is_not(None))).all())
    twice = [claim for claim, count in uses.items() if count != 1]
    return [*offers, *twice, *(marked ^ set(uses))]


def _count(db: Session, row: type, condition: object) -> int:
    return int(db.exec(select(func.count()).select_from(row).where(condition)).one())  # type: ignore[arg-type]


def _reversals(db: Session, claim: Claim) -> int:
    joined = (
        select(func.count()).select_from(Reversal).join(Redemption, col(Reversal.redemption_id) == col(Redemption.id))
    )
    return int(db.exec(joined.where(Redemption.claim_id == claim.id)).one())


def _statuses(answers: Iterable[Answer]) -> dict[int, int]:
    counted: dict[int, int] = {}
    for answer in answers:
        counted[answer.status] = counted.get(answer.status, 0) + 1
    return counted


def _unless(rule: str, holds: bool) -> list[str]:
    return [] if holds else [rule]


# --- what they stand on


def _new_offer(ground: Ground, *, stock: int) -> Offer:
    with transaction(ground.engine) as db:
        return open_offer(db, ground.merchant_id, stock=stock, now=utc_now())


def open_offer(db: Session, merchant_id: str, *, stock: int, now: datetime) -> Offer:
    form = OfferForm(title="One bowl free", stock=stock, valid_days=7, presence=False)
    return make_offer(db, merchant_id, form, now=now)


def _new_claim(ground: Ground) -> Claim:
    now = utc_now()
    with transaction(ground.engine) as db:
        offer = open_offer(db, ground.merchant_id, stock=1, now=now)
        return claim_offer(
            db, offer.id, phone=new_phone(db, now), presence="", idempotency_key=new_id(), screen_id=None,
            keys=ground.keys, now=now,
        )  # fmt: skip


def new_phone(db: Session, now: datetime) -> Phone:
    return phone_of_token(db, new_token(), now=now)
