"""Venues: list, add, change, retire."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from server.accounts.rights import Right
from server.campaigns.advertisers import advertisers
from server.campaigns.notices import notices_of
from server.campaigns.uses import campaigns_of_screens
from server.context import reading, transaction
from server.creatives.lists import titles_of
from server.db import get_or_raise, utc_now
from server.paging import PageRequest
from server.screens.hours import WEEKDAYS
from server.screens.lists import listed_screens, page_of_venues
from server.screens.models import Venue
from server.screens.opening import local_date, opening_of
from server.screens.venues import (
    NoVenue,
    add_venue,
    change_venue,
    reinstate_venue,
    retire_venue,
)
from server.web.console.blueprint import bp
from server.web.console.creatives.emergencies import emergency_choices, raised_over
from server.web.console.moves import moved_to, undoable
from server.web.console.network.venue_form import VenueForm, faulty_lines, read_venue, rules_shown, written_venue
from server.web.forms import Typed, answer_form, read_query
from server.web.identity.auth import actor, requires
from server.web.words.language import say as _


@bp.get("/venues")
@requires(Right.SEE_SCREENS)
def venues() -> ResponseReturnValue:
    query = read_query(PageRequest)
    with reading() as db:
        page = page_of_venues(db, query)
    return render_template("console/venues.html", page=page, query=query)


@bp.get("/venues/new")
@requires(Right.EDIT_SCREENS)
def new_venue() -> ResponseReturnValue:
    return venue_page(Typed({"zone": "Asia/Shanghai", "venue_type": 70101, "reserved_percent": 10, "ride_s": 30}))


@bp.post("/venues/new")
@requires(Right.EDIT_SCREENS)
def create_venue() -> ResponseReturnValue:
    def done(form: VenueForm) -> ResponseReturnValue:
        with transaction() as db:
            venue = add_venue(db, **form.model_dump(), by=actor(), now=utc_now())
        return moved_to("console.venue", _("The venue is added. Next: its first screen."), venue_id=venue.id)

    return answer_form(VenueForm, done=done, again=venue_page, read=read_venue)


@bp.get("/venues/<venue_id>")
@requires(Right.SEE_SCREENS)
def venue(venue_id: str) -> ResponseReturnValue:
    with reading() as db:
        venue = get_or_raise(db, Venue, venue_id, NoVenue)
    return venue_page(Typed(written_venue(venue)), venue)


@bp.post("/venues/<venue_id>")
@requires(Right.EDIT_SCREENS)
def save_venue(venue_id: str) -> ResponseReturnValue:
    with reading() as db:
        venue = get_or_raise(db, Venue, venue_id, NoVenue)

    def done(form: VenueForm) -> ResponseReturnValue:
        with transaction() as db:
            change_venue(db, venue_id, by=actor(), now=utc_now(), **form.model_dump())
        return moved_to("console.venue", _("Saved."), venue_id=venue_id)

    return answer_form(VenueForm, done=done, again=lambda typed: venue_page(typed, venue), read=read_venue)


@bp.post("/venues/<venue_id>/retire")
@requires(Right.EDIT_SCREENS)
def end_venue(venue_id: str) -> ResponseReturnValue:
    with transaction() as db:
        retire_venue(db, venue_id, by=actor(), now=utc_now())
    undo = url_for("console.bring_venue_back", venue_id=venue_id)
    return undoable("console.venues", _("The venue and its screens are retired."), undo=undo)


@bp.post("/venues/<venue_id>/reinstate")
@requires(Right.EDIT_SCREENS)
def bring_venue_back(venue_id: str) -> ResponseReturnValue:
    with transaction() as db:
        reinstate_venue(db, venue_id, by=actor(), now=utc_now())
    return moved_to("console.venue", _("It is in use again, and so are its screens."), venue_id=venue_id)


def venue_page(typed: Typed, venue: Venue | None = None) -> str:
    with reading() as db:
        screens = listed_screens(db, now=utc_now(), venue_id=venue.id) if venue else []
        raised = raised_over(db, venue_id=venue.id) if venue else []
        choices = emergency_choices(db)
        notices = notices_of(db, venue.id, since=utc_now()) if venue else []
        titles = titles_of(
            db, [*(run.creative_id for run in notices), *(interrupt.creative_id for interrupt in raised)]
        )
        today = local_date(venue.zone if venue else "UTC", utc_now())
        ends_for = campaigns_of_screens(db, [row.screen for row in screens], today=today)
        categories = sorted({advertiser.category for advertiser in advertisers(db) if advertiser.category})
    shown: dict[str, Any] = {"venue": venue, "screens": screens, "raised": raised, "choices": choices}
    if venue:
        shown["opening"] = opening_of(venue, utc_now())
        shown["raised_zones"] = dict.fromkeys((interrupt.id for interrupt in raised), venue.zone)
    shown |= {"notices": notices, "titles": titles, "categories": categories, "rules": rules_shown(typed)}
    shown["advert_free_hours"] = any(typed[f"advert_free_{weekday}"] for weekday in WEEKDAYS)
    shown |= {"faulty_lines": faulty_lines(typed), "ends_for": ends_for}
    return render_template("console/venue.html", typed=typed, zones=sorted(available_timezones()), **shown)
