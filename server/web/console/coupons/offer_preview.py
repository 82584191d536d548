"""An offer as phones show it: as it was saved, and as it is being typed."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from media.wire.phone import OfferStanding
from server.accounts.rights import Right
from server.context import reading
from server.coupons.merchants import merchant_of
from server.coupons.models import Merchant, Offer
from server.coupons.offers import OfferForm
from server.coupons.validity import offer_standing
from server.db import utc_now
from server.errors import LiftcastError
from server.web.console.blueprint import bp
from server.web.console.coupons.offers import own_merchant, own_offer, read_offer
from server.web.forms import Typed, field_errors
from server.web.identity.auth import requires
from server.web.words.coupons import WORDS


@bp.get("/offers/<offer_id>/preview")
@requires(Right.SEE_OFFERS)
def saved_preview(offer_id: str) -> ResponseReturnValue:
    with reading() as db:
        offer = own_offer(db, offer_id, Right.SEE_OFFERS)
        merchant = merchant_of(db, offer.merchant_id)
    return preview_page(offer, merchant)


@bp.post("/offers/<offer_id>/preview")
@requires(Right.EDIT_OFFERS)
def changed_preview(offer_id: str) -> ResponseReturnValue:
    with reading() as db:
        offer = own_offer(db, offer_id, Right.EDIT_OFFERS)
        merchant = merchant_of(db, offer.merchant_id)
    return typed_preview(merchant, claimed=offer.stock - offer.stock_left)


@bp.post("/offers/preview")
@requires(Right.EDIT_OFFERS)
def new_preview() -> ResponseReturnValue:
    try:
        with reading() as db:
            merchant = own_merchant(db, request.form.get("merchant_id", ""))
    except LiftcastError as error:
        return no_preview(Typed(trouble=error))
    return typed_preview(merchant)


def typed_preview(merchant: Merchant, *, claimed: int = 0) -> str:
    """The offer that the fields would make, if they can make one."""
    try:
        form = OfferForm.model_validate(read_offer(merchant.zone))
    except ValidationError as error:
        return no_preview(Typed(errors=field_errors(error)))
    left = max(form.stock - claimed, 0)
    return preview_page(Offer(merchant_id=merchant.id, stock_left=left, **form.model_dump()), merchant)


def preview_page(offer: Offer, merchant: Merchant) -> str:
    standing = offer_standing(offer, utc_now())
    return render_template(
        "offer.html",
        **WORDS,
        offer=offer,
        merchant=merchant,
        standing=standing,
        open=standing is OfferStanding.OPEN,
        mine=[],
        may_claim=True,
        presence_missing=False,
        preview=True,
    )


def no_preview(typed: Typed) -> str:
    return render_template("console/no_offer_preview.html", typed=typed)
