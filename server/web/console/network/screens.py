"""Screens: how they are, what they show, adding, changing and retiring them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import segno
from flask import render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field

from server.accounts.people import Name
from server.accounts.rights import Right
from server.campaigns.uses import campaigns_of_screens
from server.context import reading, services, transaction
from server.creatives.lists import titles_of
from server.db import get_or_raise, utc_now
from server.screens.certificates.hand_out import certificate_of
from server.screens.certificates.reported import reported_certificate
from server.screens.commands import command_state, commands_of
from server.screens.forms import ScreenFields, WrittenScreenFields
from server.screens.hotspot_plans import box_plan
from server.screens.hotspots import hotspot_of, hotspot_today
from server.screens.lists import ScreensQuery, listed_screens, page_of_screens
from server.screens.models import Screen, Venue
from server.screens.multipliers import MultiplierSource
from server.screens.opening import local_date, local_midnight, opening_of
from server.screens.players import player_on, screen_health
from server.screens.reported_faults import close_faults
from server.screens.venues import NoScreen, add_screen, change_screen, reinstate_screen, retire_screen, venues_in_use
from server.web.console.blueprint import bp
from server.web.console.creatives.emergencies import emergency_choices, raised_over
from server.web.console.moves import moved_to, undoable
from server.web.forms import Typed, answer_form, read_query
from server.web.identity.auth import actor, requires
from server.web.words.language import say as _

COMMANDS_SHOWN = 3
VIEW_CHOSEN = "screens_view"


class ScreenForm(WrittenScreenFields):
    """A box that is not ticked sends nothing; what is too long is refused beside its field."""

    model_config = ConfigDict(frozen=True)

    name: Name
    bank: str | None = Field(None, max_length=40)
    strip: bool = False
    wifi: str | None = Field(None, max_length=32)
    multiplier_source: MultiplierSource = MultiplierSource.UNKNOWN
    multiplier_vendor: str = Field("", max_length=80)


class View(StrEnum):
    TILES = "tiles"
    TABLE = "table"


class ScreensView(ScreensQuery):
    """view: as tiles or as a table; without it as it was last looked at"""

    view: View | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.search or self.state or self.venue)


class NewScreenForm(ScreenForm):
    venue_id: str


@bp.get("/screens")
@requires(Right.SEE_SCREENS)
def screens() -> ResponseReturnValue:
    query, now = read_query(ScreensView), utc_now()
    if query.view:
        session[VIEW_CHOSEN] = query.view
    with reading() as db:
        listed = page_of_screens(db, query, now=now)
        players = [row.player for row in listed.page if row.player]
        titles = titles_of(db, [player.status["showing"] for player in players if player.status.get("showing")])
        venues = venues_in_use(db)
    view = session.get(VIEW_CHOSEN, View.TILES)
    return render_template(
        "console/screens.html", listed=listed, query=query, view=view, titles=titles, venues=venues, now=now
    )


@bp.get("/screens/new")
@requires(Right.EDIT_SCREENS)
def new_screen() -> ResponseReturnValue:
    shown = ScreenFields().model_dump(include={"strip", "width", "height"})
    return new_screen_page(Typed(shown | {"venue_id": request.args.get("venue")}))


@bp.post("/screens/new")
@requires(Right.EDIT_SCREENS)
def create_screen() -> ResponseReturnValue:
    def done(form: NewScreenForm) -> ResponseReturnValue:
        with transaction() as db:
            screen = add_screen(db, **form.model_dump(), by=actor(), now=utc_now())
        return moved_to("console.screen", _("The screen is added. Next: enrol its player."), screen_id=screen.id)

    return answer_form(NewScreenForm, done=done, again=new_screen_page)


def new_screen_page(typed: Typed) -> str:
    with reading() as db:
        venues = venues_in_use(db)
    return render_template("console/screen_form.html", typed=typed, venues=venues, screen=None)


@bp.get("/screens/<screen_id>")
@requires(Right.SEE_SCREENS)
def screen(screen_id: str) -> ResponseReturnValue:
    return screen_page(screen_id, Typed())


def screen_page(screen_id: str, typed: Typed) -> str:
    """`typed` is the code of a box, if that was wrong."""
    now = utc_now()
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        player = player_on(db, screen_id)
        venue = db.get_one(Venue, screen.venue_id)
        opening = opening_of(venue, now)
        showing = player.status.get("showing") if player else None
        reported = hotspot_of(player.status) if player else None
        commands = commands_of(db, player.id, most=COMMANDS_SHOWN) if player else []
        shown: dict[str, Any] = {
            "screen": screen,
            "venue": venue,
            "player": player,
            "health": screen_health(db, screen, now),
            "opening": opening,
            "hotspot": (hotspot := hotspot_today(db, player, midnight=local_midnight(venue.zone, now), now=now)),
            "certificate": reported_certificate(hotspot.certificate if hotspot else None, now),
            "order": certificate_of(db, screen_id),
            "box_plan": box_plan(venue.hotspot_plan, reported) if reported else None,
            "showing": titles_of(db, [showing]).get(showing) if showing else None,
            "others": [row for row in listed_screens(db, now=now) if row.screen.id != screen_id],
            "raised": (raised := raised_over(db, screen=screen, venue_id=screen.venue_id)),
            "raised_zones": dict.fromkeys((interrupt.id for interrupt in raised), venue.zone),
            "titles": titles_of(db, [interrupt.creative_id for interrupt in raised]),
            "choices": emergency_choices(db),
            "ends_for": []
            if "HX-Request" in request.headers
            else campaigns_of_screens(db, [screen], today=local_date(venue.zone, now)),
            "commands": [(command, command_state(command, now)) for command in commands],
        }
    page_url = f"{services().settings.public_url}/s/{screen.code}"
    qr = segno.make(page_url, error="m").svg_inline(scale=4, border=1)
    return render_template("console/screen.html", typed=typed, page_url=page_url, qr=qr, **shown)


@bp.get("/screens/<screen_id>/edit")
@requires(Right.EDIT_SCREENS)
def edit_screen(screen_id: str) -> ResponseReturnValue:
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
    return edit_screen_page(screen)(Typed(written_screen(screen)))


def written_screen(screen: Screen) -> dict[str, Any]:
    multipliers = ", ".join(f"{multiplier:g}" for multiplier in screen.multipliers)
    return screen.model_dump() | {"tags": ", ".join(screen.tags), "multipliers": multipliers}


def edit_screen_page(screen: Screen) -> Callable[[Typed], str]:
    return lambda typed: render_template("console/screen_form.html", typed=typed, venues=[], screen=screen)


@bp.post("/screens/<screen_id>/edit")
@requires(Right.EDIT_SCREENS)
def save_screen(screen_id: str) -> ResponseReturnValue:
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)

    def done(form: ScreenForm) -> ResponseReturnValue:
        with transaction() as db:
            change_screen(db, screen_id, by=actor(), now=utc_now(), **form.model_dump())
        return moved_to("console.screen", _("Saved."), screen_id=screen_id)

    return answer_form(ScreenForm, done=done, again=edit_screen_page(screen))


@bp.post("/screens/<screen_id>/faults/close")
@requires(Right.EDIT_SCREENS)
def end_reported_faults(screen_id: str) -> ResponseReturnValue:
    with transaction() as db:
        close_faults(db, screen_id, by=actor(), now=utc_now())
    return moved_to("console.screen", _("The reports are closed."), screen_id=screen_id)


@bp.post("/screens/<screen_id>/retire")
@requires(Right.EDIT_SCREENS)
def end_screen(screen_id: str) -> ResponseReturnValue:
    with transaction() as db:
        retire_screen(db, screen_id, by=actor(), now=utc_now())
    undo = url_for("console.bring_screen_back", screen_id=screen_id)
    return undoable("console.screens", _("The screen is retired."), undo=undo)


@bp.post("/screens/<screen_id>/reinstate")
@requires(Right.EDIT_SCREENS)
def bring_screen_back(screen_id: str) -> ResponseReturnValue:
    with transaction() as db:
        reinstate_screen(db, screen_id, by=actor(), now=utc_now())
    return moved_to("console.screen", _("It is in use again."), screen_id=screen_id)
