"""Archiving advertisers, merchants and offers, and bringing them back."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from server.accounts.rights import Right
from server.campaigns.advertisers import archive_advertiser, restore_advertiser
from server.context import transaction
from server.coupons.archive import archive_merchant, archive_offer, restore_merchant, restore_offer
from server.db import utc_now
from server.web.identity.auth import actor, note, requires
from server.web.operator_api.blueprint import bp, one
from server.web.operator_api.campaigns import AdvertiserOut
from server.web.operator_api.offers import MerchantOut, OfferOut, own_offer


@bp.delete("/advertisers/<advertiser_id>")
@requires(Right.EDIT_ADVERTISERS)
def end_advertiser(advertiser_id: str) -> ResponseReturnValue:
    """Archive an advertiser: what is booked for it goes on."""
    with transaction() as db:
        archive_advertiser(db, advertiser_id, by=actor(), now=utc_now())
    return "", 204


@bp.post("/advertisers/<advertiser_id>/restore")
@requires(Right.EDIT_ADVERTISERS)
def bring_advertiser_back(advertiser_id: str) -> ResponseReturnValue:
    """Restore an archived advertiser."""
    with transaction() as db:
        return one(AdvertiserOut, restore_advertiser(db, advertiser_id, by=actor(), now=utc_now()))


@bp.delete("/merchants/<merchant_id>")
@requires(Right.EDIT_MERCHANTS)
def end_merchant(merchant_id: str) -> ResponseReturnValue:
    """Archive a merchant and its offers: coupons that are out stay valid."""
    with transaction() as db:
        gone = archive_merchant(db, merchant_id, now=utc_now())
        note(db, "merchant archived", merchant_id, name=gone.name)
    return "", 204


@bp.post("/merchants/<merchant_id>/restore")
@requires(Right.EDIT_MERCHANTS)
def bring_merchant_back(merchant_id: str) -> ResponseReturnValue:
    """Restore an archived merchant, with the offers that were archived along with it."""
    with transaction() as db:
        back = restore_merchant(db, merchant_id, now=utc_now())
        note(db, "merchant restored", merchant_id, name=back.name)
        return one(MerchantOut, back)


@bp.delete("/offers/<offer_id>")
@requires(Right.EDIT_OFFERS)
def end_offer(offer_id: str) -> ResponseReturnValue:
    """Archive an offer: coupons that are out stay valid."""
    with transaction() as db:
        own_offer(db, offer_id, Right.EDIT_OFFERS)
        gone = archive_offer(db, offer_id, now=utc_now())
        note(db, "offer archived", offer_id, title=gone.title)
    return "", 204


@bp.post("/offers/<offer_id>/restore")
@requires(Right.EDIT_OFFERS)
def bring_offer_back(offer_id: str) -> ResponseReturnValue:
    """Restore an archived offer, as it was before."""
    with transaction() as db:
        own_offer(db, offer_id, Right.EDIT_OFFERS)
        back = restore_offer(db, offer_id, now=utc_now())
        note(db, "offer restored", offer_id, title=back.title)
        return one(OfferOut, back)
