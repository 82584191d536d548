"""When a coupon may be claimed and used. Pure; weekdays and hours are those of the merchant's zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from media.wire.phone import OfferStanding
from server.coupons.models import Offer, OfferState
from server.zones import zone_or_utc

DAY_MIN = 1440


def offer_standing(offer: Offer, now: datetime) -> OfferStanding:
    if offer.archived_at is not None:
        return OfferStanding.STOPPED
    if offer.state is not OfferState.ACTIVE:
        return OfferStanding(offer.state.value)
    if offer.claim_from is not None and now < offer.claim_from:
        return OfferStanding.NOT_YET
    end = offer_end(offer)
    if end is not None and end <= now:
        return OfferStanding.OVER
    return OfferStanding.OPEN if offer.stock_left > 0 else OfferStanding.SOLD_OUT


def offer_end(offer: Offer) -> datetime | None:
    """From when on nothing can be claimed any more; None if only the stock ends it."""
    return min((end for end in (offer.claim_until, offer.valid_until) if end is not None), default=None)


def claim_expiry(offer: Offer, zone: str, now: datetime) -> datetime:
    """The first instant at which a claim made now is no longer valid.

    `valid_days` count whole local days: with one day, a coupon of Monday is good until Tuesday ends.
    """
    ends = [end for end in (offer.valid_until, _days_end(offer, zone, now)) if end is not None]
    return min(ends)


def _days_end(offer: Offer, zone: str, now: datetime) -> datetime | None:
    if offer.valid_days is None:
        return None
    last_on = now.astimezone(zone_or_utc(zone)).date() + timedelta(days=offer.valid_days)
    return datetime.combine(last_on + timedelta(days=1), time(), zone_or_utc(zone)).astimezone(UTC)


def usable_at(offer: Offer, zone: str, now: datetime) -> bool:
    """Whether weekday and hour fit. Hours past midnight (22:00–02:00) belong to the day on which they begin."""
    local = now.astimezone(zone_or_utc(zone))
    minute = local.hour * 60 + local.minute
    if offer.from_min < offer.until_min:
        return _on_day(offer, local.weekday()) and offer.from_min <= minute < offer.until_min
    tonight = minute >= offer.from_min and _on_day(offer, local.weekday())
    since_yesterday = minute < offer.until_min and _on_day(offer, (local.weekday() - 1) % 7)
    return tonight or since_yesterday


def _on_day(offer: Offer, weekday: int) -> bool:
    return str(weekday) in offer.weekdays


def clock_text(minute: int) -> str:
    """`09:30`; the end of the day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
