"""Unusual claims, unlike those of people in front of a screen, for the merchant and the operators to examine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, and_, col, delete, not_, or_, select

from server.coupons.caps import Span
from server.coupons.models import Merchant, Offer, ScreenClaims
from server.screens.models import Screen, Venue

KEPT_FOR = timedelta(days=30)
# After this a token proves nothing any more, and another hour is counted.
COUNTED_FOR = timedelta(hours=2)
SHOWN_FOR = timedelta(days=7)
MOST_READ, MOST_SHOWN = 500, 50

# Twenty people who scan one code take longer than ten seconds to do so.
QUICK_CLAIMS = 20
QUICK_EACH = timedelta(seconds=0.5)


class Pattern(StrEnum):
    CODE_USED_UP = "code_used_up"
    SCREEN_USED_UP = "screen_used_up"
    QUICK = "quick"


@dataclass(frozen=True)
class UnusualClaims:
    """Claims of one offer at one screen, and what is unusual about them."""

    pattern: Pattern
    claims: ScreenClaims
    offer: Offer
    merchant: Merchant
    screen: Screen
    venue: Venue

    @property
    def took_s(self) -> int:
        """Seconds from the first claim to the last, at least one."""
        return max(1, round((self.claims.last_at - self.claims.first_at).total_seconds()))


def unusual_claims(
    db: Session, *, now: datetime, merchant_id: str | None = None, offer_id: str | None = None
) -> list[UnusualClaims]:
    """Of the last seven days, the newest first; of one offer, of one merchant, or of all."""
    query = (
        select(ScreenClaims, Offer, Merchant, Screen, Venue)  # type: ignore[call-overload]  # known for up to four
        .join(Offer, col(Offer.id) == col(ScreenClaims.offer_id))
        .join(Merchant, col(Merchant.id) == col(Offer.merchant_id))
        .join(Screen, col(Screen.id) == col(ScreenClaims.screen_id))
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .where(_may_be_unusual(), col(ScreenClaims.last_at) >= now - SHOWN_FOR)
        .order_by(col(ScreenClaims.last_at).desc(), col(ScreenClaims.id))
        .limit(MOST_READ)
    )
    if merchant_id is not None:
        query = query.where(Offer.merchant_id == merchant_id)
    if offer_id is not None:
        query = query.where(Offer.id == offer_id)
    found = ((pattern_of(row[0]), row) for row in db.exec(query))
    return [UnusualClaims(pattern, *row) for pattern, row in found if pattern is not None][:MOST_SHOWN]


def forget_screen_claims(db: Session, *, now: datetime) -> None:
    """Delete counts that show nothing unusual as soon as they are over: a large network has millions of them in a
    day."""
    starts_at = col(ScreenClaims.starts_at)
    usual = and_(starts_at < now - COUNTED_FOR, not_(_may_be_unusual()))
    db.exec(delete(ScreenClaims).where(or_(starts_at < now - KEPT_FOR, usual)))


def _may_be_unusual() -> Any:
    """A filter in SQL for the rows that `pattern_of` then examines."""
    many = and_(col(ScreenClaims.span) == Span.TOKEN, col(ScreenClaims.claims) >= QUICK_CLAIMS)
    return or_(col(ScreenClaims.claims) >= col(ScreenClaims.most), many)


def pattern_of(claims: ScreenClaims) -> Pattern | None:
    if claims.claims >= claims.most:
        return Pattern.CODE_USED_UP if claims.span == Span.TOKEN else Pattern.SCREEN_USED_UP
    lasted = claims.last_at - claims.first_at
    quick = claims.claims >= QUICK_CLAIMS and lasted < claims.claims * QUICK_EACH
    return Pattern.QUICK if quick and claims.span == Span.TOKEN else None
