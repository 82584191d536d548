"""Archiving advertisers, merchants and offers, and bringing them back: what hangs on them is said before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right, require
from server.campaigns.advertisers import archive_advertiser, restore_advertiser
from server.campaigns.checks import earliest_today
from server.campaigns.models import Campaign
from server.campaigns.uses import coupons_of_offer, uses_of_advertiser
from server.context import transaction
from server.coupons.archive import (
    archive_merchant,
    archive_offer,
    restore_merchant,
    restore_offer,
    uses_of_merchant,
    uses_of_offer,
)  # fmt: skip
from server.coupons.offers import offer_of
from server.db import utc_now
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to, undoable
from server.web.identity.auth import actor, current_who, note, requires
from server.web.words.language import say as _
from server.web.words.language import say_many as _n

NAMES_SHOWN = 5


@bp.post("/advertisers/<advertiser_id>/archive")
@requires(Right.EDIT_ADVERTISERS)
def end_advertiser(advertiser_id: str) -> ResponseReturnValue:
    with transaction() as db:
        gone = archive_advertiser(db, advertiser_id, by=actor(), now=utc_now())
    undo = url_for("console.bring_advertiser_back", advertiser_id=advertiser_id)
    return undoable("console.all_advertisers", archived_words(gone.name), undo=undo)


@bp.post("/advertisers/<advertiser_id>/restore")
@requires(Right.EDIT_ADVERTISERS)
def bring_advertiser_back(advertiser_id: str) -> ResponseReturnValue:
    with transaction() as db:
        restore_advertiser(db, advertiser_id, by=actor(), now=utc_now())
    return moved_to("console.advertiser", _("It is in use again."), advertiser_id=advertiser_id)


@bp.post("/merchants/<merchant_id>/archive")
@requires(Right.EDIT_MERCHANTS)
def end_merchant(merchant_id: str) -> ResponseReturnValue:
    with transaction() as db:
        gone = archive_merchant(db, merchant_id, now=utc_now())
        note(db, "merchant archived", merchant_id, name=gone.name)
    undo = url_for("console.bring_merchant_back", merchant_id=merchant_id)
    return undoable("console.merchants", archived_words(gone.name), undo=undo)


@bp.post("/merchants/<merchant_id>/restore")
@requires(Right.EDIT_MERCHANTS)
def bring_merchant_back(merchant_id: str) -> ResponseReturnValue:
    with transaction() as db:
        back = restore_merchant(db, merchant_id, now=utc_now())
        note(db, "merchant restored", merchant_id, name=back.name)
    return moved_to("console.merchant", _("It is in use again, and so are its offers."), merchant_id=merchant_id)


@bp.post("/offers/<offer_id>/archive")
@requires(Right.EDIT_OFFERS)
def end_offer(offer_id: str) -> ResponseReturnValue:
    with transaction() as db:
        require(current_who(), Right.EDIT_OFFERS, offer_of(db, offer_id))
        gone = archive_offer(db, offer_id, now=utc_now())
        note(db, "offer archived", offer_id, title=gone.title)
    undo = url_for("console.bring_offer_back", offer_id=offer_id)
    return undoable("console.offers", archived_words(gone.title), undo=undo)


@bp.post("/offers/<offer_id>/restore")
@requires(Right.EDIT_OFFERS)
def bring_offer_back(offer_id: str) -> ResponseReturnValue:
    with transaction() as db:
        require(current_who(), Right.EDIT_OFFERS, offer_of(db, offer_id))
        back = restore_offer(db, offer_id, now=utc_now())
        note(db, "offer restored", offer_id, title=back.title)
    return moved_to("console.offer", _("It is in use again."), offer_id=offer_id)


def archived_words(name: str) -> str:
    return _("“%(name)s” is archived.", name=name)


# --- what hangs on a thing, in sentences


def advertiser_words(db: Session, advertiser_id: str, now: datetime) -> Iterator[str]:
    uses = uses_of_advertiser(db, advertiser_id, today=earliest_today(db, now))
    if uses.running:
        yield _("These campaigns go on until they end: %(names)s.", names=names_of(uses.running))
    if uses.drafts:
        yield _("These drafts cannot be booked: %(names)s.", names=names_of(uses.drafts))
    if uses.creatives:
        yield _n("%(num)s creative of it stays.", "%(num)s creatives of it stay.", uses.creatives)
    yield from _access_words(uses)


def merchant_words(db: Session, merchant_id: str, now: datetime) -> Iterator[str]:
    uses = uses_of_merchant(db, merchant_id, now=now)
    if uses.open_offers:
        yield _("These offers can no longer be claimed: %(names)s.", names=listed(uses.open_offers))
    yield from _coupon_words(uses.coupons_out)
    yield from _access_words(uses)


def offer_words(db: Session, offer_id: str, now: datetime) -> Iterator[str]:
    shown = coupons_of_offer(db, offer_id, today=earliest_today(db, now))
    if shown.running:
        yield _("Coupons of it are shown in these campaigns, as over: %(names)s.", names=names_of(shown.running))
    elif shown.coupons:
        yield _n("%(num)s coupon was made of it.", "%(num)s coupons were made of it.", len(shown.coupons))
    yield from _coupon_words(uses_of_offer(db, offer_id, now=now).coupons_out)


def _coupon_words(out: int) -> Iterator[str]:
    if out:
        yield _n(
            "%(num)s coupon that is out stays valid, and can be redeemed.",
            "%(num)s coupons that are out stay valid, and can be redeemed.",
            out,
        )


def _access_words(uses: Any) -> Iterator[str]:
    if uses.people:
        yield _n("%(num)s person can still sign in for it.", "%(num)s people can still sign in for it.", uses.people)
    if uses.keys:
        yield _n("%(num)s key still works for it.", "%(num)s keys still work for it.", uses.keys)


def names_of(campaigns: Sequence[Campaign]) -> str:
    return listed([campaign.name for campaign in campaigns])


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} {_n('and %(num)s more', 'and %(num)s more', more)}" if more > 0 else shown
