"""Offers and claims in words, in the reader's language, by the merchant's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_skeleton, get_day_names
from flask_babel import get_locale

from media.phone.qr_code import qr_svg
from media.symbols import grouped, number_symbols
from media.wire.phone import OfferStanding
from server.coupons.models import Merchant, Offer
from server.coupons.unusual import Pattern, UnusualClaims
from server.coupons.validity import DAY_MIN, clock_text
from server.web.words.language import say
from server.web.words.language import say_later as _l
from server.web.words.language import say_many as _n
from server.zones import zone_or_utc

WHY_NOT = {
    OfferStanding.DRAFT: _l("This offer is not open yet."),
    OfferStanding.NOT_YET: _l("This offer is not open yet."),
    OfferStanding.OVER: _l("This offer is over."),
    OfferStanding.PAUSED: _l("This offer is paused. Look again later."),
    OfferStanding.STOPPED: _l("This offer is over."),
    OfferStanding.SOLD_OUT: _l("All pieces are gone."),
}


def at_merchant(at: datetime, merchant: Merchant) -> str:
    """`2 Mar 2026, 20:00`, by the clock on the merchant's wall."""
    return moment_text(at, merchant.zone)


def good_until(end: datetime, merchant: Merchant) -> str:
    """Until when a coupon is good, by the clock on the merchant's wall."""
    return end_text(end, merchant.zone)


def moment_text(at: datetime, zone: str) -> str:
    local = at.astimezone(zone_or_utc(zone))
    return f"{format_skeleton('yMMMd', local, locale=get_locale() or 'en')} {local:%H:%M}"


def end_text(end: datetime, zone: str) -> str:
    """The last minute that belongs to it: a day ends at 23:59, and not at the next day's 00:00."""
    local = end.astimezone(zone_or_utc(zone))
    at_midnight = (local.hour, local.minute) == (0, 0)
    return moment_text(end - timedelta(minutes=1) if at_midnight else end, zone)


def seconds_text(at: datetime, merchant: Merchant) -> str:
    """`20:00:07`, by the clock on the merchant's wall."""
    return f"{at.astimezone(zone_or_utc(merchant.zone)):%H:%M:%S}"


def hours_text(offer: Offer) -> str:
    """When the coupon is good: `Mon, Tue · 11:00–14:00`; empty when it always is."""
    return week_text(offer.weekdays, offer.from_min, offer.until_min)


def week_text(weekdays: str, from_min: int, until_min: int) -> str:
    return " · ".join(part for part in (_days_text(weekdays), _span_text(from_min, until_min)) if part)


def _days_text(weekdays: str) -> str:
    names = get_day_names("abbreviated", locale=get_locale() or "en")
    return "" if len(weekdays) == 7 else ", ".join(names[int(day)] for day in weekdays)


def _span_text(from_min: int, until_min: int) -> str:
    return "" if (from_min, until_min) == (0, DAY_MIN) else f"{clock_text(from_min)}–{clock_text(until_min)}"


def validity_text(offer: Offer, merchant: Merchant) -> str:
    """How long a coupon that is claimed now is good."""
    parts = []
    if offer.valid_days is not None:
        parts.append(_days_after(offer.valid_days))
    if offer.valid_until is not None:
        parts.append(say("until %(at)s at the latest", at=good_until(offer.valid_until, merchant)))
    return ", ".join(parts)


def _days_after(days: int) -> str:
    if days == 0:
        return say("good on the day of the claim")
    return say("good until the end of day %(days)s after the claim", days=days)


def symbols_text(secret: bytes) -> str:
    """A claim's secret for the page's script."""
    return number_symbols(int.from_bytes(secret, "big"), len(secret) * 8 // 5)


def unusual_words(unusual: UnusualClaims) -> str:
    """The unusual claims in words, with their figures."""
    claims, seconds = unusual.claims.claims, unusual.took_s
    match unusual.pattern:
        case Pattern.CODE_USED_UP:
            return _n(
                "%(num)s coupon within %(seconds)s s: all that one code of the screen allows.",
                "%(num)s coupons within %(seconds)s s: all that one code of the screen allows.",
                claims,
                seconds=seconds,
            )
        case Pattern.SCREEN_USED_UP:
            return _n(
                "%(num)s coupon within an hour: all that the screen allows.",
                "%(num)s coupons within an hour: all that the screen allows.",
                claims,
            )
        case Pattern.QUICK:
            return _n(
                "%(num)s coupon within %(seconds)s s: faster than people scan.",
                "%(num)s coupons within %(seconds)s s: faster than people scan.",
                claims,
                seconds=seconds,
            )


WORDS = {
    "at_merchant": at_merchant,
    "good_until": good_until,
    "seconds_text": seconds_text,
    "hours_text": hours_text,
    "validity_text": validity_text,
    "why_not": WHY_NOT,
    "qr_svg": qr_svg,
    "grouped": grouped,
    "symbols_text": symbols_text,
}
