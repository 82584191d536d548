"""Venues: list, add, change, retire."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.accounts.people import Name
from server.accounts.rights import Right
from server.campaigns.notices import notices_of
from server.creatives.lists import titles_of
from server.db import get_or_raise, utc_now
from server.screens.models import Venue
from server.screens.venues import (
    NoVenue,
    add_venue,
    change_venue,
    retire_venue,
    screens_of,
    venues_in_use,
)
from server.web.auth import actor, needs
from server.web.console.emergencies import emergency_choices, raised_over
from server.web.console.hours import UnreadableHours, read_week, write_week
from server.web.console.moves import moved_to
from server.web.console.room import bp
from server.web.context import reading, transaction
from server.web.forms import Typed, answer_form, typed_values
from server.web.language import say as _
from server.web.language import say_later as _l

BAD_HOURS = _l("Write hours like 08:00-22:00, or 08:00-12:00, 13:30-20:00; what is past midnight goes on the next day.")


class VenueForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    address: str = Field("", max_length=200)
    venue_type: int = 70101
    zone: str
    hours: dict[str, list[list[int]]] = {}
    reserved_percent: int = Field(10, ge=0, le=100)

    @field_validator("hours", mode="before")
    @classmethod
    def _hours_are_written(cls, lines: dict[str, str]) -> dict[str, list[list[int]]]:
        try:
            return read_week(lines)
        except UnreadableHours as error:
            raise ValueError(str(BAD_HOURS)) from error

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(_("Choose a time zone of the list, like Asia/Shanghai."))
        return zone


@bp.get("/venues")
@needs(Right.SEE_SCREENS)
def venues() -> ResponseReturnValue:
    with reading() as db:
        rows = [(venue, len(screens_of(db, venue.id))) for venue in venues_in_use(db)]
    return render_template("console/venues.html", rows=rows)


@bp.get("/venues/new")
@needs(Right.EDIT_SCREENS)
def new_venue() -> ResponseReturnValue:
    return venue_page(Typed({"zone": "Asia/Shanghai", "venue_type": 70101, "reserved_percent": 10}))


@bp.post("/venues/new")
@needs(Right.EDIT_SCREENS)
def create_venue() -> ResponseReturnValue:
    def done(form: VenueForm) -> ResponseReturnValue:
        with transaction() as db:
            venue = add_venue(db, **form.model_dump(), by=actor(), now=utc_now())
        return moved_to("console.venue", _("The venue is added. Next: its first screen."), venue_id=venue.id)

    return answer_form(VenueForm, done=done, again=venue_page, read=read_venue)


@bp.get("/venues/<venue_id>")
@needs(Right.SEE_SCREENS)
def venue(venue_id: str) -> ResponseReturnValue:
    with reading() as db:
        venue = get_or_raise(db, Venue, venue_id, NoVenue)
    hours = {f"hours_{weekday}": line for weekday, line in write_week(venue.hours).items()}
    return venue_page(Typed(venue.model_dump() | hours), venue)


@bp.post("/venues/<venue_id>")
@needs(Right.EDIT_SCREENS)
def save_venue(venue_id: str) -> ResponseReturnValue:
    with reading() as db:
        venue = get_or_raise(db, Venue, venue_id, NoVenue)

    def done(form: VenueForm) -> ResponseReturnValue:
        with transaction() as db:
            change_venue(db, venue_id, by=actor(), now=utc_now(), **form.model_dump())
        return moved_to("console.venue", _("Saved."), venue_id=venue_id)

    return answer_form(VenueForm, done=done, again=lambda typed: venue_page(typed, venue), read=read_venue)


@bp.post("/venues/<venue_id>/retire")
@needs(Right.EDIT_SCREENS)
def end_venue(venue_id: str) -> ResponseReturnValue:
    with transaction() as db:
        retire_venue(db, venue_id, by=actor(), now=utc_now())
    return moved_to("console.venues", _("The venue and its screens are retired."))


def venue_page(typed: Typed, venue: Venue | None = None) -> str:
    with reading() as db:
        screens = screens_of(db, venue.id) if venue else []
        raised = raised_over(db, venue_id=venue.id) if venue else []
        choices = emergency_choices(db)
        notices = notices_of(db, venue.id, since=utc_now()) if venue else []
        titles = titles_of(db, [*(run.creative_id for run in notices), *(one.creative_id for one in raised)])
    shown: dict[str, Any] = {"venue": venue, "screens": screens, "raised": raised, "choices": choices}
    shown |= {"notices": notices, "titles": titles}
    return render_template("console/venue.html", typed=typed, zones=sorted(available_timezones()), **shown)


def read_venue() -> dict[str, Any]:
    """The seven lines of hours become one field."""
    lines = {weekday: request.form.get(f"hours_{weekday}", "") for weekday in "0123456"}
    return typed_values() | {"hours": lines}
