"""Redemptions for a till's own program, by key, and for the page's session."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, model_validator

from server.accounts.rights import Right
from server.context import services, transaction
from server.coupons.claims import KeyAsked
from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.redeem import redeem_claim
from server.coupons.reverse import reverse_redemption
from server.db import utc_now
from server.web.counter.blueprint import LONGEST_TILL, bp, limit_wrong_codes, till_named
from server.web.forms import json_body
from server.web.identity.auth import note, requires


class RedeemRequest(BaseModel):
    """A typed code, with or without its live number, or the text of a QR; `static_ok` when the staff decided so."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str = Field(default="", max_length=120)
    qr: str = Field(default="", max_length=120)
    till: str = Field(default="", max_length=LONGEST_TILL)
    static_ok: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.code) == bool(self.qr):
            raise ValueError("Send either code or qr.")
        return self


class ReversalRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: str = ""


class RedeemedOffer(BaseModel):
    id: str
    title: str
    terms: str


class RedemptionAnswer(BaseModel):
    redemption: str
    offer: RedeemedOffer
    claimed_at: datetime
    redeemed_at: datetime
    how: str


class ReversalAnswer(BaseModel):
    reversal: str
    redemption: str
    reversed_at: datetime


@bp.post("/api/v1/redemptions")
@requires(Right.REDEEM)
@limit_wrong_codes
def redeem() -> ResponseReturnValue:
    sent = json_body(RedeemRequest)
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise KeyAsked
    with transaction() as db:
        done = redeem_claim(
            db,
            read_shown(sent.code or sent.qr),
            till=till_named(sent.till),
            keys=coupon_keys(services().settings.secret_key),
            now=utc_now(),
            idempotency_key=key,
            static_ok=sent.static_ok,
        )
    answer = RedemptionAnswer(
        redemption=done.redemption.id,
        offer=RedeemedOffer(id=done.offer.id, title=done.offer.title, terms=done.offer.terms),
        claimed_at=done.claim.claimed_at,
        redeemed_at=done.redemption.redeemed_at,
        how=done.redemption.how,
    )
    return answer.model_dump(mode="json"), 201


@bp.post("/api/v1/redemptions/<redemption_id>/reversal")
@requires(Right.REVERSE)
def reverse(redemption_id: str) -> ResponseReturnValue:
    sent, now = json_body(ReversalRequest), utc_now()
    with transaction() as db:
        reversal = reverse_redemption(db, redemption_id, till=till_named(), reason=sent.reason, now=now)
        note(db, "redemption reversed", redemption_id, reason=reversal.reason)
    answer = ReversalAnswer(reversal=reversal.id, redemption=redemption_id, reversed_at=now)
    return answer.model_dump(mode="json"), 201
