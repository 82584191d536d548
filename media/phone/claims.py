"""Coupons over HTTP: for programs, for the page's script, and for plain forms of phones without a script."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from media.phone.identity import own_address
from media.phone.source import PhoneSource
from media.wire.phone import ClaimRequest


def add_claim_routes(bp: Blueprint, source: PhoneSource) -> None:
    """Adds claiming, the wallet and an offer's stock to a blueprint, which answers their errors."""

    @bp.post("/api/v1/offers/<offer_id>/claims")
    def claim(offer_id: str) -> ResponseReturnValue:
        """201 for a new claim and for each repeat of its key; 200 where the phone had it already."""
        claimed = source.claim(offer_id, read_claim_request())
        if from_page():
            # On the same host that the phone reached: it may be inside a hotspot.
            return redirect(own_address(claimed.path), 303)
        return claimed.answer.model_dump(mode="json"), 201 if claimed.is_new else 200

    @bp.get("/api/v1/wallet")
    def wallet_list() -> ResponseReturnValue:
        return source.wallet().model_dump(mode="json")

    @bp.post("/api/v1/wallet/handover")
    def handover() -> ResponseReturnValue:
        return source.handover().model_dump(mode="json"), 201

    @bp.get("/api/v1/offers/<offer_id>/stock")
    def stock(offer_id: str) -> ResponseReturnValue:
        return source.stock(offer_id).model_dump(mode="json")


def read_claim_request() -> ClaimRequest:
    """From JSON or a form; the key from its header, or from the form of a phone without a script."""
    given = request.get_json() if request.is_json and request.get_data() else request.form.to_dict()
    body = ClaimRequest.model_validate({} if given is None else given)
    return body.model_copy(update={"key": request.headers.get("Idempotency-Key", body.key)})


def from_page() -> bool:
    """Whether a browser sent a plain form or opened a page; a program sends JSON or accepts nothing else."""
    accepts_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    is_form = request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")
    return accepts_page and (is_form or not request.path.startswith("/api/"))
