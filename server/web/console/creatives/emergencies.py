"""Emergencies: texts prepared for the day, raise one over a screen, a venue or all screens, lift it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from media.cards.emergency import emergency_card
from server.accounts.rights import Right
from server.context import reading, transaction
from server.creatives.lists import CreativeFilter, ListedCreative, all_creatives, titles_of
from server.creatives.models import EMERGENCY, CreativeState
from server.creatives.notices import check_emergency, prepare_emergency
from server.db import utc_now
from server.http.off_hub import off_hub
from server.screens.lists import listed_screens
from server.screens.models import Screen, Venue
from server.screens.venues import venues_in_use
from server.timelines.interrupts import lift_interrupt, raise_interrupt
from server.timelines.lists import covers, interrupts_in_force
from server.timelines.models import RaisedInterrupt
from server.web.console.blueprint import bp
from server.web.console.creatives.cards import show_preview
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, typed_values
from server.web.identity.auth import actor, note, requires
from server.web.words.language import language
from server.web.words.language import say as _

MOST_SCREENS = 200  # in the choice of places; in a larger network, one screen is taken over from its own page


class EmergencyForm(BaseModel):
    """Without minutes it stays until it is lifted."""

    model_config = ConfigDict(frozen=True)

    creative_id: str
    minutes: int | None = Field(None, ge=1, le=10_080)

    def fields(self) -> dict[str, Any]:
        until_at = utc_now() + timedelta(minutes=self.minutes) if self.minutes else None
        return {"creative_id": self.creative_id, "until_at": until_at}


class PlacedEmergencyForm(EmergencyForm):
    """`place`: `all`, `venue:<id>` or `screen:<id>`."""

    place: str = Field(pattern=r"^(all|(venue|screen):\w{1,26})$")

    def where(self) -> dict[str, Any]:
        kind, _, id_ = self.place.partition(":")
        return {"everywhere": True} if kind == "all" else {f"{kind}_id": id_}


class EmergencyTextForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str = Field(min_length=1, max_length=2000)
    title: str = Field("", max_length=120)
    language: str = Field("zh", pattern="^(en|zh)$")


@bp.get("/emergencies")
@requires(Right.RAISE_EMERGENCY)
def emergencies() -> ResponseReturnValue:
    return emergencies_page(Typed({"language": language()}))


def emergencies_page(typed: Typed) -> str:
    now = utc_now()
    with reading() as db:
        prepared = all_creatives(db, CreativeFilter(kind=EMERGENCY))
        raised = interrupts_in_force(db, now=now)
        titles = titles_of(db, [interrupt.creative_id for interrupt in raised])
        screens, venues = listed_screens(db, now=now), venues_in_use(db)
    raised_zones = place_zones(raised, screens, venues)
    if len(screens) > MOST_SCREENS:
        screens = []
    shown: dict[str, Any] = {
        "prepared": prepared,
        "raised": raised,
        "titles": titles,
        "places": place_names(raised, screens, venues),
    }
    shown |= {"raised_zones": raised_zones, "screens": screens, "venues": venues}
    return render_template("console/emergencies.html", typed=typed, **shown)


def place_names(raised: list[RaisedInterrupt], screens: list[Any], venues: list[Venue]) -> dict[str, str]:
    """By interrupt: the name of the venue or screen that it is over."""
    names = {venue.id: venue.name for venue in venues}
    names |= {row.screen.id: f"{row.venue.name} · {row.screen.name}" for row in screens}
    return {interrupt.id: names.get(interrupt.venue_id or interrupt.screen_id or "", "") for interrupt in raised}


def place_zones(raised: list[RaisedInterrupt], screens: list[Any], venues: list[Venue]) -> dict[str, str]:
    """By interrupt: the zone of the place that it is over; of one over all, where all have the same."""
    zones = {venue.id: venue.zone for venue in venues} | {row.screen.id: row.venue.zone for row in screens}
    everywhere = set(zones.values())
    zones[""] = everywhere.pop() if len(everywhere) == 1 else ""
    return {interrupt.id: zones.get(interrupt.venue_id or interrupt.screen_id or "", "") for interrupt in raised}


@bp.post("/emergencies")
@requires(Right.RAISE_EMERGENCY)
def raise_emergency() -> ResponseReturnValue:
    def done(form: PlacedEmergencyForm) -> ResponseReturnValue:
        with transaction() as db:
            raise_interrupt(db, **form.fields(), **form.where(), by=actor(), now=utc_now())
        return moved_to("console.emergencies", _("The emergency is raised."))

    return answer_form(PlacedEmergencyForm, done=done, again=emergencies_page)


@bp.post("/emergencies/texts")
@requires(Right.RAISE_EMERGENCY)
def add_emergency_text() -> ResponseReturnValue:
    def done(form: EmergencyTextForm) -> ResponseReturnValue:
        off_hub(check_emergency, form.text, form.title, form.language)
        with transaction() as db:
            creative = prepare_emergency(db, **form.model_dump(), by=actor(), now=utc_now())
            note(db, "emergency prepared", creative.id, title=creative.title)
        return moved_to("console.emergencies", _("The text is prepared. No screen shows it until it is raised."))

    return answer_form(EmergencyTextForm, done=done, again=emergencies_page)


@bp.post("/emergencies/preview")
@requires(Right.RAISE_EMERGENCY)
def preview_emergency() -> ResponseReturnValue:
    return show_preview(partial(emergency_card, language=request.form.get("language", "")))


@bp.post("/venues/<venue_id>/emergency")
@requires(Right.RAISE_EMERGENCY)
def raise_over_venue(venue_id: str) -> ResponseReturnValue:
    form = EmergencyForm.model_validate(typed_values())
    with transaction() as db:
        raise_interrupt(db, **form.fields(), venue_id=venue_id, by=actor(), now=utc_now())
    return moved_to("console.venue", _("The emergency is raised over the whole venue."), venue_id=venue_id)


@bp.post("/screens/<screen_id>/emergency")
@requires(Right.RAISE_EMERGENCY)
def raise_over_screen(screen_id: str) -> ResponseReturnValue:
    form = EmergencyForm.model_validate(typed_values())
    with transaction() as db:
        raise_interrupt(db, **form.fields(), screen_id=screen_id, by=actor(), now=utc_now())
    return moved_to("console.screen", _("The emergency is raised over this screen."), screen_id=screen_id)


@bp.post("/emergencies/<interrupt_id>/lift")
@requires(Right.RAISE_EMERGENCY)
def lift(interrupt_id: str) -> ResponseReturnValue:
    with transaction() as db:
        raised = lift_interrupt(db, interrupt_id, by=actor(), now=utc_now())
    if raised.venue_id:
        return moved_to("console.venue", _("The emergency is lifted."), venue_id=raised.venue_id)
    if raised.screen_id:
        return moved_to("console.screen", _("The emergency is lifted."), screen_id=raised.screen_id)
    return moved_to("console.emergencies", _("The emergency is lifted."))


def raised_over(db: Session, *, venue_id: str, screen: Screen | None = None) -> list[RaisedInterrupt]:
    """The interrupts in force over the whole venue, and over the screen if one is given."""
    in_force = interrupts_in_force(db, now=utc_now())
    if screen is not None:
        return [interrupt for interrupt in in_force if covers(interrupt, screen)]
    return [interrupt for interrupt in in_force if interrupt.is_everywhere or interrupt.venue_id == venue_id]


def emergency_choices(db: Session) -> list[ListedCreative]:
    """Our own creatives: prepared emergency texts first, then notices, then the others."""
    ready = (CreativeState.READY,)
    prepared = all_creatives(db, CreativeFilter(states=ready, kind=EMERGENCY))
    others = all_creatives(db, CreativeFilter(states=ready))
    own = [row for row in others if row.creative.advertiser_id is None and row.creative.kind != "coupon"]
    return [*prepared, *sorted(own, key=lambda row: row.creative.kind != "notice")]
