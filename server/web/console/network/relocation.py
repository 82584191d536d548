"""Moving a screen to another venue: what that does is shown before it is done."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from server.accounts.rights import Right
from server.context import reading, transaction
from server.db import get_or_raise, utc_now
from server.paging import natural_key
from server.screens.models import Screen, Venue
from server.screens.players import player_on
from server.screens.venues import NoScreen, screens_of, venues_in_use
from server.timelines.relocate import foresee_relocation, relocate_screen
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form
from server.web.identity.auth import actor, requires
from server.web.words.language import say as _


class RelocationForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    venue_id: str
    bank: str = Field("", max_length=40)


@bp.get("/screens/<screen_id>/venue")
@requires(Right.EDIT_SCREENS)
def relocation(screen_id: str) -> ResponseReturnValue:
    """With a venue in the query: what the move would do."""
    return relocation_page(
        screen_id, Typed({"venue_id": request.args.get("venue_id"), "bank": request.args.get("bank")})
    )


@bp.post("/screens/<screen_id>/venue")
@requires(Right.EDIT_SCREENS)
def relocate(screen_id: str) -> ResponseReturnValue:
    def done(form: RelocationForm) -> ResponseReturnValue:
        with transaction() as db:
            moved = relocate_screen(db, screen_id, form.venue_id, bank=form.bank, by=actor(), now=utc_now())
        message = _("The screen is moved. This is its new page; its code is %(code)s.", code=moved.code)
        return moved_to("console.screen", message, screen_id=moved.id)

    return answer_form(RelocationForm, done=done, again=lambda typed: relocation_page(screen_id, typed))


def relocation_page(screen_id: str, typed: Typed) -> str:
    chosen, bank = str(typed["venue_id"]), str(typed["bank"])
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        others = [venue for venue in venues_in_use(db) if venue.id != screen.venue_id]
        foresees = bool(chosen) and not typed.errors and not typed.trouble
        shown = {
            "venue": db.get_one(Venue, screen.venue_id),
            "player": player_on(db, screen_id),
            "foreseen": foresee_relocation(db, screen_id, chosen, bank=bank, now=utc_now()) if foresees else None,
            "banks": sorted({screen.bank for screen in screens_of(db, chosen) if screen.bank}, key=natural_key),
        }
    there = next((venue for venue in others if venue.id == chosen), None)
    return render_template("console/relocation.html", screen=screen, typed=typed, others=others, there=there, **shown)
