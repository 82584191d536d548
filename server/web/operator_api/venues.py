"""Venues."""

from __future__ import annotations

from datetime import date, datetime

from flask.typing import ResponseReturnValue
from pydantic import Field

from server.accounts.rights import Right
from server.context import reading, transaction
from server.db import get_or_raise, utc_now
from server.screens.lists import page_of_venues
from server.screens.models import Venue
from server.screens.venues import NoVenue, add_venue, change_venue, reinstate_venue, retire_venue
from server.web.identity.auth import actor, requires
from server.web.operator_api.blueprint import Body, ListQuery, Out, bp, json_body, one, paged, read_query

Hours = dict[str, list[list[int]]]


class BarredRule(Body):
    """A category of advertisers that must not play in these weekly hours; empty is never."""

    category: str = Field(min_length=1, max_length=40)
    hours: Hours = {}


class VenueOut(Out):
    """`plan_failed_at` is when its timelines could not be planned: the screens go on with what they have."""

    id: str
    name: str
    venue_type: int
    zone: str
    address: str
    hours: Hours
    reserved_percent: int
    advert_free: Hours
    advert_free_days: list[date]
    barred: list[BarredRule]
    ride_s: int
    created_at: datetime
    retired_at: datetime | None
    plan_failed_at: datetime | None
    plan_trouble: str
    plan_remedy: str


class VenueBody(Body):
    """`hours`: weekday 0 (Monday) to 6, each with spans of minutes; empty is always open.

    advert_free: weekly hours without any advertisement · advert_free_days: dates without any · ride_s: a typical ride
    """

    name: str = Field(min_length=1, max_length=120)
    zone: str = "Asia/Shanghai"
    venue_type: int = 70101
    address: str = Field("", max_length=200)
    hours: Hours = {}
    reserved_percent: int = Field(10, ge=0, le=100)
    advert_free: Hours = {}
    advert_free_days: list[date] = []
    barred: list[BarredRule] = []
    ride_s: int = Field(30, ge=1, le=3600)


class VenueChange(Body):
    """Only what is given changes."""

    name: str = Field("", min_length=1, max_length=120)
    zone: str = ""
    venue_type: int = 0
    address: str = Field("", max_length=200)
    hours: Hours = {}
    reserved_percent: int = Field(0, ge=0, le=100)
    advert_free: Hours = {}
    advert_free_days: list[date] = []
    barred: list[BarredRule] = []
    ride_s: int = Field(30, ge=1, le=3600)


@bp.get("/venues")
@requires(Right.SEE_SCREENS)
def venues() -> ResponseReturnValue:
    """Venues in use: those that could not be planned first, then by name."""
    with reading() as db:
        page = page_of_venues(db, read_query(ListQuery))
    return paged("venues", VenueOut, page.with_rows(row.venue for row in page))


@bp.post("/venues")
@requires(Right.EDIT_SCREENS)
def create_venue() -> ResponseReturnValue:
    """Add a venue."""
    given = json_body(VenueBody)
    with transaction() as db:
        venue = add_venue(db, **given.model_dump(), by=actor(), now=utc_now())
    return one(VenueOut, venue, 201)


@bp.get("/venues/<venue_id>")
@requires(Right.SEE_SCREENS)
def venue(venue_id: str) -> ResponseReturnValue:
    """One venue."""
    with reading() as db:
        return one(VenueOut, get_or_raise(db, Venue, venue_id, NoVenue))


@bp.patch("/venues/<venue_id>")
@requires(Right.EDIT_SCREENS)
def save_venue(venue_id: str) -> ResponseReturnValue:
    """Change some fields of a venue."""
    given = json_body(VenueChange)
    with transaction() as db:
        changed = change_venue(db, venue_id, by=actor(), now=utc_now(), **given.model_dump(exclude_unset=True))
    return one(VenueOut, changed)


@bp.delete("/venues/<venue_id>")
@requires(Right.EDIT_SCREENS)
def end_venue(venue_id: str) -> ResponseReturnValue:
    """Retire a venue and all its screens."""
    with transaction() as db:
        retire_venue(db, venue_id, by=actor(), now=utc_now())
    return "", 204


@bp.post("/venues/<venue_id>/restore")
@requires(Right.EDIT_SCREENS)
def bring_venue_back(venue_id: str) -> ResponseReturnValue:
    """Take a retired venue into use again, with the screens that were retired along with it."""
    with transaction() as db:
        venue = reinstate_venue(db, venue_id, by=actor(), now=utc_now())
    return one(VenueOut, venue)
