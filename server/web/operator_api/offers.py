"""Merchants and offers."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right, require, restricted_to
from server.context import reading, transaction
from server.coupons import offers as domain
from server.coupons.lists import page_of_merchants, page_of_offers
from server.coupons.merchants import MerchantForm, add_merchant
from server.coupons.models import Offer, OfferState
from server.coupons.offers import OfferForm, change_offer, make_offer, offer_of
from server.creatives.coupons import redraw_coupons
from server.db import utc_now
from server.web.identity.auth import current_who, note, requires
from server.web.operator_api.blueprint import ArchivedQuery, Out, bp, json_body, one, paged, read_query

MOVES = {"pause": domain.pause_offer, "resume": domain.resume_offer, "stop": domain.stop_offer}


class MerchantOut(Out):
    id: str
    name: str
    address: str
    zone: str
    archived_at: datetime | None


class NewOffer(OfferForm):
    merchant_id: str


class OfferOut(Out):
    id: str
    merchant_id: str
    title: str
    terms: str
    state: OfferState
    stock: int
    stock_left: int
    per_phone: int
    claim_from: datetime | None
    claim_until: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    weekdays: str
    from_min: int
    until_min: int
    presence: bool
    archived_at: datetime | None


@bp.get("/merchants")
@requires(Right.SEE_OFFERS)
def merchants() -> ResponseReturnValue:
    """The shops that redeem, by name."""
    query, own = read_query(ArchivedQuery), restricted_to(current_who(), "merchant_id")
    with reading() as db:
        page = page_of_merchants(db, query, merchant_id=own, archived=query.archived)
    return paged("merchants", MerchantOut, page)


@bp.post("/merchants")
@requires(Right.EDIT_MERCHANTS)
def create_merchant() -> ResponseReturnValue:
    """Add a merchant."""
    form = json_body(MerchantForm)
    with transaction() as db:
        merchant = add_merchant(db, form, now=utc_now())
        note(db, "merchant added", merchant.id, name=merchant.name)
    return one(MerchantOut, merchant, 201)


@bp.get("/offers")
@requires(Right.SEE_OFFERS)
def offers() -> ResponseReturnValue:
    """Offers, newest first."""
    query, own = read_query(ArchivedQuery), restricted_to(current_who(), "merchant_id")
    with reading() as db:
        page = page_of_offers(db, query, merchant_id=own, archived=query.archived)
    return paged("offers", OfferOut, page)


@bp.post("/offers")
@requires(Right.EDIT_OFFERS)
def create_offer() -> ResponseReturnValue:
    """Make an offer; it is open at once."""
    form = json_body(NewOffer)
    require(current_who(), Right.EDIT_OFFERS, form)
    terms = OfferForm.model_validate(form.model_dump(exclude={"merchant_id"}))
    with transaction() as db:
        offer = make_offer(db, form.merchant_id, terms, now=utc_now())
        note(db, "offer made", offer.id, title=offer.title, stock=offer.stock)
    return one(OfferOut, offer, 201)


@bp.get("/offers/<offer_id>")
@requires(Right.SEE_OFFERS)
def offer(offer_id: str) -> ResponseReturnValue:
    """One offer."""
    with reading() as db:
        return one(OfferOut, own_offer(db, offer_id, Right.SEE_OFFERS))


@bp.put("/offers/<offer_id>")
@requires(Right.EDIT_OFFERS)
def save_offer(offer_id: str) -> ResponseReturnValue:
    """Replace an offer's terms and stock."""
    form = json_body(OfferForm)
    now = utc_now()
    with transaction() as db:
        own_offer(db, offer_id, Right.EDIT_OFFERS)
        changed = change_offer(db, offer_id, form, now=now)
        redraw_coupons(db, offer_id, now=now)
        note(db, "offer changed", offer_id, stock=form.stock)
    return one(OfferOut, changed)


@bp.post("/offers/<offer_id>/<any(pause, resume, stop):move>")
@requires(Right.EDIT_OFFERS)
def move_offer(offer_id: str, move: str) -> ResponseReturnValue:
    """Pause, open again, or stop for good."""
    with transaction() as db:
        own_offer(db, offer_id, Right.EDIT_OFFERS)
        moved = MOVES[move](db, offer_id, now=utc_now())
        note(db, f"offer {move}", offer_id)
    return one(OfferOut, moved)


def own_offer(db: Session, offer_id: str, right: Right) -> Offer:
    offer = offer_of(db, offer_id)
    require(current_who(), right, offer)
    return offer
