"""Who redeems, and what a till was shown: which claim, and whether live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from server.coupons.codes import (
    CouponKeys,
    NoSuchCode,
    ScannedQr,
    Shown,
    TypedCode,
    claim_secret,
    finding_hmac,
    number_holds,
    qr_epoch,
    steps_near,
)
from server.coupons.models import Claim
from server.errors import Conflict


class CopyVoided(Conflict):
    """This copy is void: the coupons were moved to another phone. Ask for the phone that holds them now."""


@dataclass(frozen=True)
class Till:
    """Who redeems, and where. `merchant_id` is None only for the network's own people, who serve every merchant."""

    merchant_id: str | None
    person_id: str | None = None
    name: str = ""


class How(StrEnum):
    """Live: this half-minute's QR or number. Static: the code alone, at the staff's discretion. Stale: an old QR."""

    LIVE = "live"
    STATIC = "static"
    STALE = "stale"


def claim_behind(db: Session, shown: Shown, *, keys: CouponKeys) -> Claim:
    """The claim that this points at; whether it may be used is asked afterwards."""
    if isinstance(shown, ScannedQr):
        found = Claim.qr_hmac == finding_hmac(keys, "qr", shown.handle)
    else:
        found = Claim.code_hmac == finding_hmac(keys, "code", shown.code)
    claim = db.exec(select(Claim).where(found)).first()
    if claim is None:
        raise NoSuchCode
    return claim


def how_shown(claim: Claim, shown: Shown, *, keys: CouponKeys, now: datetime) -> How:
    """How a true code was shown; a wrong number is told in the same words as a wrong code."""
    if isinstance(shown, ScannedQr):
        return _how_scanned(claim, shown, keys, now)
    return _how_typed(claim, shown, keys, now)


def _how_scanned(claim: Claim, shown: ScannedQr, keys: CouponKeys, now: datetime) -> How:
    """An old QR of a real coupon is told as such: its proof shows that it was real once."""
    epoch = qr_epoch(keys, claim.id, shown, newest=claim.epoch)
    if epoch is None:
        raise NoSuchCode
    if epoch != claim.epoch:
        raise CopyVoided
    return How.LIVE if shown.step in steps_near(now) else How.STALE


def _how_typed(claim: Claim, shown: TypedCode, keys: CouponKeys, now: datetime) -> How:
    if shown.number is None:
        return How.STATIC
    if not number_holds(claim_secret(keys, claim.id, claim.epoch), shown.number, now):
        raise NoSuchCode
    return How.LIVE
