"""Coupon creatives: the card of an offer, drawn again when the offer changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from server.coupons.models import Offer
from server.creatives.accept import add_creative, make_later, tidy_title
from server.creatives.models import Creative, CreativeState
from server.creatives.notices import refuse_length
from server.creatives.ready import is_unmade
from server.db import get_or_raise
from server.errors import LiftcastError, Missing


class NoSuchOffer(Missing):
    """There is no such offer. Choose one from the list of offers."""


class CardsNotDrawn(LiftcastError):
    """The offer was changed, but its cards could not be drawn anew.

    Draw them again; if it stays, tell the person who runs the server.
    """


def make_coupon_creative(
    db: Session,
    *,
    offer_id: str,
    title: str,
    picture_digest: str | None,
    length_ms: int,
    by: str | None,
    now: datetime,
    language: str = "zh",
    advertiser_id: str | None = None,
) -> Creative:
    """The creative that shows an offer; `picture_digest` names a picture in the media store."""
    offer = get_or_raise(db, Offer, offer_id, NoSuchOffer)
    refuse_length(length_ms)
    creative = Creative(
        kind="coupon",
        title=tidy_title(title) or tidy_title(offer.title),
        offer_id=offer_id,
        advertiser_id=advertiser_id,
        language=language,
        length_ms=length_ms,
        original_digest=picture_digest,
        created_by=by,
        created_at=now,
    )
    add_creative(db, creative, now=now)
    return creative


def redraw_coupons(db: Session, offer_id: str, *, now: datetime) -> None:
    """Queue new cards of an offer: its words changed, or the last drawing failed. Screens show the old ones until
    then."""
    untroubled = {"trouble": "", "remedy": ""}
    begun = {"state": CreativeState.PROCESSING, "progress": 0.0, **untroubled}
    db.exec(update(Creative).where(*_cards(offer_id, CreativeState.FAILED)).values(**begun))
    db.exec(update(Creative).where(*_cards(offer_id, CreativeState.READY)).values(**untroubled))
    shown = _cards(offer_id, CreativeState.PROCESSING, CreativeState.READY)
    for creative_id in db.exec(select(Creative.id).where(*shown)):
        make_later(db, creative_id, "coupon", now=now)


def coupons_undrawn(db: Session, offer_id: str) -> None:
    """Note on each card that no new one could be queued; screens go on showing the old cards."""
    undrawn = CardsNotDrawn()
    why = {"trouble": undrawn.message, "remedy": undrawn.remedy}
    db.exec(update(Creative).where(*_cards(offer_id, CreativeState.READY)).values(**why))


def undrawn_coupons(db: Session, offer_id: str) -> list[Creative]:
    """The offer's coupons whose last drawing failed, oldest first."""
    cards = _cards(offer_id, CreativeState.READY, CreativeState.FAILED)
    return [card for card in db.exec(select(Creative).where(*cards).order_by(col(Creative.id))) if is_unmade(card)]


def _cards(offer_id: str, *states: CreativeState) -> tuple[Any, ...]:
    return col(Creative.offer_id) == offer_id, col(Creative.state).in_(states)
