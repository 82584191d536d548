"""Tills: which claim a code or a QR means, and whether it is live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from server.coupons.codes.derive import (
    CouponKeys,
    ScannedQr,
    Shown,
    TypedCode,
    claim_secret,
    finding_hmac,
    number_holds,
    qr_epoch,
    steps_near,
)
from server.coupons.codes.read import NoSuchCode
from server.coupons.leases.fulfil import fulfil_unreported
from server.coupons.models import Claim, LeasedClaim
from server.errors import Conflict


class CopyVoided(Conflict):
    """This copy is void: the coupons were moved to another phone. Ask for the phone that holds them now."""


@dataclass(frozen=True)
class Till:
    """The person who redeems, and the till's name. `merchant_id` is None only for the network's own people, who serve
    every merchant."""

    merchant_id: str | None
    person_id: str | None = None
    name: str = ""


class How(StrEnum):
    """Live: this half-minute's QR or number. Static: the code alone, at the staff's discretion. Stale: an old QR."""

    LIVE = "live"
    STATIC = "static"
    STALE = "stale"


@dataclass(frozen=True)
class Found:
    """A claim, and the reading that points at it."""

    claim: Claim
    shown: Shown


def find_claims(db: Session, readings: Sequence[Shown], *, keys: CouponKeys, now: datetime) -> list[Found]:
    """The claims that the readings may point at; whether they may be used is checked afterwards.

    The claim that a box handed out a moment ago, and has not reported yet, is written here. Raises NoSuchCode if there
    is none.
    """
    found = [Found(claim, shown) for shown in readings if (claim := _claim(db, shown, keys, now)) is not None]
    if not found:
        raise NoSuchCode
    return found


def _claim(db: Session, shown: Shown, keys: CouponKeys, now: datetime) -> Claim | None:
    if isinstance(shown, ScannedQr):
        column, hashed = "qr_hmac", finding_hmac(keys, "qr", shown.handle)
    else:
        column, hashed = "code_hmac", finding_hmac(keys, "code", shown.code)
    claim = db.exec(select(Claim).where(getattr(Claim, column) == hashed)).first()
    if claim is not None:
        return claim
    leased = db.exec(select(LeasedClaim).where(getattr(LeasedClaim, column) == hashed)).first()
    return fulfil_unreported(db, leased, now=now) if leased is not None else None


def proven_claim(found: Sequence[Found], *, keys: CouponKeys, now: datetime) -> tuple[Claim, How]:
    """The first claim whose number or proof holds, and how it was shown.

    Raises NoSuchCode if none holds: a wrong number is answered like a wrong code. Raises CopyVoided.
    """
    for candidate in found:
        how = _how_shown(candidate, keys, now)
        if how is not None:
            return candidate.claim, how
    raise NoSuchCode


def _how_shown(found: Found, keys: CouponKeys, now: datetime) -> How | None:
    if isinstance(found.shown, ScannedQr):
        return _how_scanned(found.claim, found.shown, keys, now)
    return _how_typed(found.claim, found.shown, keys, now)


def _how_scanned(claim: Claim, shown: ScannedQr, keys: CouponKeys, now: datetime) -> How | None:
    """An old QR of a real coupon is known as such: its proof shows that it was real once."""
    epoch = qr_epoch(keys, claim.id, shown, newest=claim.epoch)
    if epoch is None:
        return None
    if epoch != claim.epoch:
        raise CopyVoided
    return How.LIVE if shown.step in steps_near(now) else How.STALE


def _how_typed(claim: Claim, shown: TypedCode, keys: CouponKeys, now: datetime) -> How | None:
    if shown.number is None:
        return How.STATIC
    if not number_holds(claim_secret(keys, claim.id, claim.epoch), shown.number, now):
        return None
    return How.LIVE
