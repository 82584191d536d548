"""Coupon creatives: the card of an offer, drawn again when the offer changes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from server.coupons.models import Offer
from server.creatives.accept import add_creative, make_later, tidy_title
from server.creatives.models import Creative, CreativeState
from server.creatives.notices import refuse_length
from server.db import get_or_raise
from server.errors import Missing


class NoSuchOffer(Missing):
    """There is no such offer. Choose one from the list of offers."""


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
    """Queue new cards of an offer whose words changed; the old cards stay up until the new ones are ready."""
    shown = select(Creative.id).where(col(Creative.offer_id) == offer_id, col(Creative.state) != CreativeState.ARCHIVED)
    for creative_id in db.exec(shown):
        make_later(db, creative_id, "coupon", now=now)
