"""Venues: list, add, change, retire."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.accounts.people import Name
from server.accounts.rights import Right
from server.campaigns.advertisers import advertisers
from server.campaigns.notices import notices_of
from server.creatives.lists import titles_of
from server.db import get_or_raise, utc_now
from server.screens.hours import WEEKDAYS
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
from server.web.console.barred import ROWS_MOST, NamelessRule, read_rules, write_rules
from server.web.console.emergencies import emergency_choices, raised_over
from server.web.console.hours import COMMAS, UnreadableHours, read_week, write_week
from server.web.console.moves import moved_to
from server.web.console.room import bp
from server.web.context import reading, transaction
from server.web.forms import Typed, answer_form, typed_values
from server.web.language import say as _
from server.web.language import say_later as _l

BAD_DAYS = _l("Write dates like 2026-12-13, 2027-04-04.")
NAMELESS_RULE = _l("Name the category that these hours are barred for.")
BAD_HOURS = _l("Write hours like 08:00-22:00, or 08:00-12:00, 13:30-20:00; what is past midnight goes on the next day.")


RULES_TO_ADD = 2
RULE_FIELD = re.compile(r"barred_\d+_(?:category|hours)")


class VenueForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    address: str = Field("", max_length=200)
    venue_type: int = 70101
    zone: str
    hours: dict[str, list[list[int]]] = {}
    reserved_percent: int = Field(10, ge=0, le=100)
    advert_free: dict[str, list[list[int]]] = {}
    advert_free_days: list[date] = []
    barred: list[dict[str, Any]] = []
    ride_s: int = Field(30, ge=1, le=3600)

    @field_validator("hours", "advert_free", mode="before")
    @classmethod
    def _hours_are_written(cls, lines: dict[str, str]) -> dict[str, list[list[int]]]:
        try:
            return read_week(lines)
        except UnreadableHours as error:
            raise ValueError(str(BAD_HOURS)) from error

    @field_validator("advert_free_days", mode="before")
    @classmethod
    def _days_are_written(cls, line: str) -> list[date]:
        try:
            return [date.fromisoformat(day) for day in re.split(f"{COMMAS.pattern}|\\s", line) if day]
        except ValueError as error:
            raise ValueError(str(BAD_DAYS)) from error

    @field_validator("barred", mode="before")
    @classmethod
    def _rules_are_written(cls, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        try:
            return read_rules(rows)
        except NamelessRule as error:
            raise ValueError(str(NAMELESS_RULE)) from error
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
    return venue_page(Typed({"zone": "Asia/Shanghai", "venue_type": 70101, "reserved_percent": 10, "ride_s": 30}))


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
    return venue_page(Typed(written_venue(venue)), venue)


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
        categories = sorted({one.category for one in advertisers(db) if one.category})
    shown: dict[str, Any] = {"venue": venue, "screens": screens, "raised": raised, "choices": choices}
    shown |= {"notices": notices, "titles": titles, "categories": categories, "rules": rules_shown(typed)}
    shown["advert_free_hours"] = any(typed[f"advert_free_{weekday}"] for weekday in WEEKDAYS)
    return render_template("console/venue.html", typed=typed, zones=sorted(available_timezones()), **shown)


def rules_shown(typed: Typed) -> int:
    """Rows of barred categories: those that are filled in, and some to fill in."""
    filled = [int(name.split("_")[1]) for name in typed.values if RULE_FIELD.fullmatch(name)]
    return min(ROWS_MOST, max(filled, default=-1) + 1 + RULES_TO_ADD)


# --- between the form's fields and the venue


def read_venue() -> dict[str, Any]:
    """The seven lines of hours become one field, and so do the rows of barred categories."""
    lines = {
        name: {weekday: request.form.get(f"{name}_{weekday}", "") for weekday in WEEKDAYS}
        for name in ("hours", "advert_free")
    }
    rules = [
        {name: request.form.get(f"barred_{nth}_{name}", "") for name in ("category", "days", "hours")}
        for nth in range(ROWS_MOST)
    ]
    return typed_values() | lines | {"barred": rules}


def written_venue(venue: Venue) -> dict[str, Any]:
    weeks = {"hours": write_week(venue.hours), "advert_free": write_week(venue.advert_free)}
    lines = {f"{name}_{weekday}": line for name, week in weeks.items() for weekday, line in week.items()}
    rules = {
        f"barred_{nth}_{name}": value
        for nth, row in enumerate(write_rules(venue.barred))
        for name, value in row.items()
    }
    days = {"advert_free_days": ", ".join(venue.advert_free_days)}
    return venue.model_dump(exclude={"hours", "advert_free", "barred"}) | lines | rules | days
