"""Offers: a merchant's terms and stock, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from media.wire.phone import OfferStanding
from server.accounts.rights import Right, require, restricted_to
from server.context import reading, transaction
from server.coupons import offers as domain
from server.coupons.leases.stock import leased_pieces
from server.coupons.lists import all_merchants
from server.coupons.merchants import merchant_of
from server.coupons.models import Merchant, Offer
from server.coupons.offers import OfferForm, change_offer, make_offer, offer_of
from server.coupons.report import offer_reports
from server.coupons.unusual import unusual_claims
from server.coupons.validity import offer_end, offer_standing
from server.creatives.coupons import redraw_coupons, undrawn_coupons
from server.db import utc_now
from server.paging import ArchiveQuery, page_of, text_has_words
from server.web.console.archive import offer_words
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.console.network.hours import write_minute
from server.web.forms import Typed, answer_form, read_query, typed_values
from server.web.identity.auth import current_who, note, requires
from server.web.words.coupons import at_merchant, good_until, unusual_words
from server.web.words.language import say as _
from server.zones import zone_or_utc

LOCAL_TIMES = ("claim_from", "claim_until", "valid_until")
LOCAL = "%Y-%m-%dT%H:%M"
CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


class OffersQuery(ArchiveQuery):
    state: OfferStanding | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.search or self.archived or self.state)


@bp.get("/offers")
@requires(Right.SEE_OFFERS)
def offers() -> ResponseReturnValue:
    query, own = read_query(OffersQuery), restricted_to(current_who(), "merchant_id")
    with reading() as db:
        reports = offer_reports(db, merchant_id=own)
        merchants = {
            merchant.id: merchant for merchant in all_merchants(db, also_archived=True) if own in (None, merchant.id)
        }
        unusual = {row.offer.id for row in unusual_claims(db, now=utc_now(), merchant_id=own)}
    standings = {report.offer.id: offer_standing(report.offer, utc_now()) for report in reports}
    found = [report for report in reports if _fits(query, report.offer, merchants[report.offer.merchant_id], standings)]
    shown = {"page": page_of(found, query), "query": query, "merchants": merchants, "standings": standings}
    return render_template("console/offers.html", unusual=unusual, **shown)


def _fits(query: OffersQuery, offer: Offer, merchant: Merchant, standings: Mapping[str, OfferStanding]) -> bool:
    in_archive, in_state = bool(offer.archived_at) == query.archived, query.state in (None, standings[offer.id])
    return in_archive and in_state and text_has_words(f"{offer.title} {merchant.name}", query.words)


@bp.get("/offers/new")
@requires(Right.EDIT_OFFERS)
def new_offer() -> ResponseReturnValue:
    fresh = {"stock": 100, "per_phone": 1, "valid_days": 30, "presence": True, "weekdays": list("0123456")}
    return offer_page(Typed(fresh | {"from": "00:00", "merchant_id": request.args.get("merchant")}))


def offer_page(typed: Typed, offer: Offer | None = None) -> str:
    own = restricted_to(current_who(), "merchant_id")
    with reading() as db:
        merchants = [merchant for merchant in all_merchants(db) if own in (None, merchant.id)]
        shown = {
            "merchant": merchant_of(db, offer.merchant_id) if offer else None,
            "undrawn": undrawn_coupons(db, offer.id) if offer else [],
            "standing": offer_standing(offer, utc_now()) if offer else None,
            "hangs": list(offer_words(db, offer.id, utc_now())) if offer else [],
            "unusual": unusual_claims(db, now=utc_now(), offer_id=offer.id) if offer else [],
            "at_boxes": leased_pieces(db, offer.id) if offer else 0,
        }
    more = {
        "unusual_words": unusual_words,
        "at_merchant": at_merchant,
        "good_until": good_until,
        "offer_end": offer_end,
    }
    return render_template("console/offer.html", typed=typed, offer=offer, merchants=merchants, **shown, **more)


@bp.post("/offers/new")
@requires(Right.EDIT_OFFERS)
def create_offer() -> ResponseReturnValue:
    with reading() as db:
        merchant = own_merchant(db, request.form.get("merchant_id", ""))

    def done(form: OfferForm) -> ResponseReturnValue:
        with transaction() as db:
            offer = make_offer(db, merchant.id, form, now=utc_now())
            note(db, "offer made", offer.id, title=offer.title, stock=offer.stock)
        return moved_to("console.offer", _("The offer is open. Next: a coupon that shows it."), offer_id=offer.id)

    return answer_form(OfferForm, done=done, again=offer_page, read=lambda: read_offer(merchant.zone))


@bp.get("/offers/<offer_id>")
@requires(Right.SEE_OFFERS)
def offer(offer_id: str) -> ResponseReturnValue:
    with reading() as db:
        offer = own_offer(db, offer_id, Right.SEE_OFFERS)
        merchant = merchant_of(db, offer.merchant_id)
    return offer_page(Typed(written_offer(offer, merchant.zone)), offer)


@bp.post("/offers/<offer_id>")
@requires(Right.EDIT_OFFERS)
def save_offer(offer_id: str) -> ResponseReturnValue:
    with reading() as db:
        offer = own_offer(db, offer_id, Right.EDIT_OFFERS)
        merchant = merchant_of(db, offer.merchant_id)

    def done(form: OfferForm) -> ResponseReturnValue:
        with transaction() as db:
            change_offer(db, offer_id, form, now=utc_now())
            redraw_coupons(db, offer_id, now=utc_now())
            note(db, "offer changed", offer_id, stock=form.stock)
        return moved_to("console.offer", _("Saved."), offer_id=offer_id)

    again: Callable[[Typed], str] = lambda typed: offer_page(typed, offer)  # noqa: E731
    return answer_form(OfferForm, done=done, again=again, read=lambda: read_offer(merchant.zone))


@bp.post("/offers/<offer_id>/<any(pause, resume, stop):move>")
@requires(Right.EDIT_OFFERS)
def move_offer(offer_id: str, move: str) -> ResponseReturnValue:
    moves = {"pause": domain.pause_offer, "resume": domain.resume_offer, "stop": domain.stop_offer}
    with transaction() as db:
        own_offer(db, offer_id, Right.EDIT_OFFERS)
        moves[move](db, offer_id, now=utc_now())
        note(db, f"offer {move}", offer_id)
    return moved_to("console.offer", _("Done."), offer_id=offer_id)


@bp.post("/offers/<offer_id>/redraw")
@requires(Right.EDIT_OFFERS)
def redraw_offer(offer_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_offer(db, offer_id, Right.EDIT_OFFERS)
        redraw_coupons(db, offer_id, now=utc_now())
        note(db, "offer drawn again", offer_id)
    return moved_to("console.offer", _("Its cards are drawn again."), offer_id=offer_id)


def own_offer(db: Session, offer_id: str, right: Right) -> Offer:
    offer = offer_of(db, offer_id)
    require(current_who(), right, offer)
    return offer


def own_merchant(db: Session, merchant_id: str) -> Merchant:
    """A merchant's person makes offers for that merchant only; the form's merchant is ignored."""
    return merchant_of(db, restricted_to(current_who(), "merchant_id") or merchant_id)


# --- between the form's fields and the offer


def read_offer(zone: str) -> dict[str, Any]:
    """Local times get the merchant's zone; the day's end is 24:00."""
    values = typed_values()
    times = {name: with_zone(values[name], zone) for name in LOCAL_TIMES if name in values}
    hours = {"from_min": minute_of(values.get("from"), 0), "until_min": minute_of(values.get("until"), 1440) or 1440}
    return values | times | hours | {"weekdays": "".join(values.get("weekdays", [])), "presence": "presence" in values}


def with_zone(local: str, zone: str) -> str:
    try:
        return datetime.fromisoformat(local).replace(tzinfo=zone_or_utc(zone)).isoformat()
    except ValueError:
        return local


def minute_of(clock: str | None, otherwise: int) -> int:
    read = CLOCK.fullmatch(clock or "")
    return int(read[1]) * 60 + int(read[2]) if read else otherwise


def written_offer(offer: Offer, zone: str) -> dict[str, Any]:
    fields = offer.model_dump()
    for name in LOCAL_TIMES:
        fields[name] = fields[name].astimezone(zone_or_utc(zone)).strftime(LOCAL) if fields[name] else ""
    until = "" if offer.until_min == 1440 else write_minute(offer.until_min)
    return fields | {"from": write_minute(offer.from_min), "until": until, "weekdays": list(offer.weekdays)}
