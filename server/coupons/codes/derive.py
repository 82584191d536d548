"""Derive a claim's code, live number, QR and link from its secret. Pure; only HMACs of these are ever stored.

All follow from one 80-bit secret a claim and epoch, so nothing secret lies in the database, and raising the epoch
voids every copy at once. The QR and the number change every 30 seconds, as `media/coupon_codes.py` makes them: a
screenshot of them is soon worthless.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TypedDict

from media.coupon_codes import CODE_LENGTH, STEP_MS, live_number, qr_of_handle, qr_proof, static_code
from media.symbols import symbols_of
from server.db import to_ms

HANDLE_LENGTH = 16
EPOCHS_REMEMBERED = 20


@dataclass(frozen=True)
class CouponKeys:
    """Made once from the server's secret key; neither key ever leaves the server."""

    making: bytes = field(repr=False)
    finding: bytes = field(repr=False)


@dataclass(frozen=True)
class TypedCode:
    """A typed code: the static code, and the live number if that was typed as well."""

    code: str
    number: str | None = None


@dataclass(frozen=True)
class ScannedQr:
    """A scanned QR: the claim's handle, the half-minute, and the proof for that half-minute."""

    handle: str
    step: int
    proof: str


Shown = TypedCode | ScannedQr


@cache
def coupon_keys(secret_key: str) -> CouponKeys:
    root = secret_key.encode()
    return CouponKeys(making=_mac(root, "coupon making"), finding=_mac(root, "coupon finding"))


# --- what a claim shows


def claim_secret(keys: CouponKeys, claim_id: str, epoch: int) -> bytes:
    """80 bits that the holder's page may know, for its live QR."""
    return _mac(keys.making, f"{claim_id}:{epoch}")[:10]


def step_at(now: datetime) -> int:
    return to_ms(now) // STEP_MS


def qr_text(keys: CouponKeys, claim_id: str, secret: bytes, *, step: int) -> str:
    """The QR of this half-minute."""
    return qr_of_handle(qr_handle(keys, claim_id), secret, step=step)


def qr_handle(keys: CouponKeys, claim_id: str) -> str:
    """Finds the claim; it outlives epochs, so that a voided copy can be distinguished from a wrong one."""
    return symbols_of(_mac(keys.making, f"qr:{claim_id}"), HANDLE_LENGTH)


def link_token(keys: CouponKeys, claim_id: str, secret: bytes) -> str:
    """The token of the link that opens one claim without a sign-in: the claim's handle, and a proof of this epoch."""
    return link_handle(keys, claim_id) + link_proof(secret)


def link_handle(keys: CouponKeys, claim_id: str) -> str:
    return symbols_of(_mac(keys.making, f"link:{claim_id}"), HANDLE_LENGTH)


def link_proof(secret: bytes) -> str:
    return symbols_of(_mac(secret, "link"), HANDLE_LENGTH)


# --- what is stored of it


def finding_hmac(keys: CouponKeys, what: str, text: str) -> str:
    """Finds a claim by what it shows without keeping that; `what` is code, qr or link."""
    return _mac(keys.finding, f"{what}:{text}").hex()


class Hmacs(TypedDict):
    """The three columns by which a claim is found."""

    code_hmac: str
    qr_hmac: str
    link_hmac: str


def claim_hmacs(keys: CouponKeys, claim_id: str, epoch: int) -> Hmacs:
    code = static_code(claim_secret(keys, claim_id, epoch))[:CODE_LENGTH]
    return {
        "code_hmac": finding_hmac(keys, "code", code),
        "qr_hmac": finding_hmac(keys, "qr", qr_handle(keys, claim_id)),
        "link_hmac": finding_hmac(keys, "link", link_handle(keys, claim_id)),
    }


# --- checking it against a claim


def number_holds(secret: bytes, number: str, now: datetime) -> bool:
    """This half-minute's number, or a neighbour's: phones and typing take their time."""
    return any(hmac.compare_digest(live_number(secret, step), number) for step in steps_near(now))


def steps_near(now: datetime) -> range:
    return range(step_at(now) - 1, step_at(now) + 2)


def qr_epoch(keys: CouponKeys, claim_id: str, shown: ScannedQr, *, newest: int) -> int | None:
    """The epoch of this QR; None if it is of none."""
    return _epoch_of(
        keys, claim_id, lambda secret: hmac.compare_digest(qr_proof(secret, shown.step), shown.proof), newest
    )


def link_epoch(keys: CouponKeys, claim_id: str, proof: str, *, newest: int) -> int | None:
    """The epoch of this link; None if it is of none."""
    return _epoch_of(keys, claim_id, lambda secret: hmac.compare_digest(link_proof(secret), proof), newest)


def _epoch_of(keys: CouponKeys, claim_id: str, fits: Callable[[bytes], bool], newest: int) -> int | None:
    oldest = max(0, newest - EPOCHS_REMEMBERED)
    epochs = range(newest, oldest - 1, -1)
    return next((epoch for epoch in epochs if fits(claim_secret(keys, claim_id, epoch))), None)


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
