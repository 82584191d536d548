"""Creatives that are typed rather than uploaded: notices and coupons."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Iterator

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from PIL.Image import Image
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from media.cards.notice import notice_card
from media.refused import Refused
from server.accounts.rights import Right, require
from server.campaigns.advertisers import advertiser_of, advertisers
from server.campaigns.notices import Span, run_notice_in
from server.context import reading, transaction
from server.coupons.offers import offer_of, offers_of
from server.creatives.coupons import make_coupon_creative
from server.creatives.lists import CreativeFilter, all_creatives
from server.creatives.models import Creative, CreativeState
from server.creatives.notices import check_notice, type_notice
from server.db import get_or_raise, utc_now
from server.errors import LiftcastError
from server.http.off_hub import off_hub
from server.screens.models import Venue
from server.screens.venues import NoVenue, venues_in_use
from server.web.console.blueprint import bp
from server.web.console.creatives.creatives import own_creative
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form
from server.web.identity.auth import actor, current_who, note, requires
from server.web.words.language import language
from server.web.words.language import say as _
from server.years import LocalMoment
from server.zones import zone_or_utc

PREVIEW_SIZE = (640, 360)
NAMED_VENUES, NAME_CHARS = 5, 40


class NoticeForm(BaseModel):
    """Runs in one venue or in all, between two moments by each venue's own clock."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(min_length=1, max_length=2000)
    title: str = Field("", max_length=120)
    length_s: int = Field(10, ge=1, le=600)
    language: str = Field("zh", pattern="^(en|zh)$")
    venue_id: str | None = None
    from_at: LocalMoment | None = None
    until_at: LocalMoment | None = None
    every_minute: bool = False


class CouponForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    offer_id: str
    title: str = Field("", max_length=120)
    picture_id: str | None = None
    advertiser_id: str | None = None
    length_s: int = Field(10, ge=1, le=600)
    language: str = Field("zh", pattern="^(en|zh)$")


# --- notices


@bp.get("/creatives/notice")
@requires(Right.TYPE_NOTICES)
def new_notice() -> ResponseReturnValue:
    return notice_page(Typed({"length_s": 10, "language": language(), "venue_id": request.args.get("venue")}))


def notice_page(typed: Typed) -> str:
    with reading() as db:
        venues = venues_in_use(db)
    return render_template("console/notice.html", typed=typed, venues=venues)


@bp.post("/creatives/notice")
@requires(Right.TYPE_NOTICES)
def create_notice() -> ResponseReturnValue:
    def done(form: NoticeForm) -> ResponseReturnValue:
        off_hub(check_notice, form.text, form.title)
        with transaction() as db:
            creative = typed_notice(db, form)
            refused = run_in_places(db, creative, form)
            note(db, "notice typed", creative.id, title=creative.title)
        for sentence in refusal_sentences(refused):
            flash(sentence, "warning")
        message = _("The notice is being drawn; it is on the screens within a minute.")
        return moved_to("console.creative", message, creative_id=creative.id)

    return answer_form(NoticeForm, done=done, again=notice_page)


def typed_notice(db: Session, form: NoticeForm) -> Creative:
    return type_notice(
        db,
        venue_id=form.venue_id,
        text=form.text,
        title=form.title,
        length_ms=form.length_s * 1000,
        language=form.language,
        by=actor(),
        now=utc_now(),
    )


def places_of(db: Session, form: NoticeForm) -> Iterable[Venue]:
    return [get_or_raise(db, Venue, form.venue_id, NoVenue)] if form.venue_id else venues_in_use(db)


def run_in_places(db: Session, creative: Creative, form: NoticeForm) -> list[tuple[Venue, LiftcastError]]:
    """Moments are by each venue's own clock; returns where the notice does not run, and why."""
    now = utc_now()

    def span(venue: Venue) -> Span:
        zone = zone_or_utc(venue.zone)
        from_at = max(now, form.from_at.replace(tzinfo=zone)) if form.from_at else now
        return from_at, form.until_at.replace(tzinfo=zone) if form.until_at else None

    places, pressing = places_of(db, form), form.every_minute
    return run_notice_in(db, creative.id, places, span=span, every_minute=pressing, by=actor(), now=now)


def refusal_sentences(refused: Iterable[tuple[Venue, LiftcastError]]) -> Iterator[str]:
    """A sentence for each reason, which names a few of its venues: a flashed message travels in a cookie."""
    names: dict[tuple[str, str], list[str]] = {}
    for venue, error in refused:
        names.setdefault((error.message, error.remedy), []).append(venue.name)
    for (why, remedy), venues in names.items():
        named = ", ".join(name[:NAME_CHARS] for name in venues[:NAMED_VENUES])
        if len(venues) > NAMED_VENUES:
            named = _("%(venues)s and %(num)s more", venues=named, num=len(venues) - NAMED_VENUES)
        where = _("The notice does not run in: %(venues)s.", venues=named)
        yield f"{where} {_(why)} {_(remedy)} {_('Then type it again for that venue alone.')}"


@bp.post("/creatives/notice/preview")
@requires(Right.TYPE_NOTICES)
def preview_notice() -> ResponseReturnValue:
    return show_preview(notice_card)


def show_preview(draw: Callable[..., Image]) -> ResponseReturnValue:
    """The card of what is typed as the screen will show it, in an <img> for htmx."""
    text, title = request.form.get("text", "").strip(), request.form.get("title", "").strip()
    try:
        picture = off_hub(data_address, draw, text[:2000], title[:120]) if text else ""
    except Refused as refused:
        return render_template("console/_preview.html", trouble=refused)
    return render_template("console/_preview.html", picture=picture)


def data_address(draw: Callable[..., Image], text: str, title: str) -> str:
    """The drawn card as a data: address, for a preview is no media."""
    out = io.BytesIO()
    draw(text, title=title, size=PREVIEW_SIZE).convert("RGB").save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


# --- coupons


@bp.get("/creatives/coupon")
@requires(Right.EDIT_CREATIVES)
def new_coupon() -> ResponseReturnValue:
    require(current_who(), Right.SEE_OFFERS)
    return coupon_page(Typed({"length_s": 10, "language": language(), "offer_id": request.args.get("offer")}))


def coupon_page(typed: Typed) -> str:
    with reading() as db:
        offers = offers_of(db)
        pictures = all_creatives(db, CreativeFilter(states=(CreativeState.READY,), kind="image"))
        owners = advertisers(db)
    return render_template("console/coupon.html", typed=typed, offers=offers, pictures=pictures, advertisers=owners)


@bp.post("/creatives/coupon")
@requires(Right.EDIT_CREATIVES)
def create_coupon() -> ResponseReturnValue:
    require(current_who(), Right.SEE_OFFERS)

    def done(form: CouponForm) -> ResponseReturnValue:
        with transaction() as db:
            creative = made_coupon(db, form)
            note(db, "coupon made", creative.id, offer=form.offer_id)
        return moved_to("console.creative", _("The coupon is being drawn."), creative_id=creative.id)

    return answer_form(CouponForm, done=done, again=coupon_page)


def made_coupon(db: Session, form: CouponForm) -> Creative:
    picture = own_creative(db, form.picture_id, Right.SEE_CREATIVES) if form.picture_id else None
    return make_coupon_creative(
        db,
        offer_id=offer_of(db, form.offer_id).id,
        title=form.title,
        advertiser_id=form.advertiser_id and advertiser_of(db, form.advertiser_id).id,
        picture_digest=picture.original_digest if picture else None,
        length_ms=form.length_s * 1000,
        language=form.language,
        by=actor(),
        now=utc_now(),
    )
