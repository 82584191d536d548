"""Players: enrolling a box, moving it to another screen, commands, revoking."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.context import reading, transaction
from server.db import utc_now
from server.screens.commands import send_command
from server.screens.enrol.enrolment import take_code
from server.screens.enrol.moving import move_player
from server.screens.lists import listed_screens
from server.screens.models import CommandKind, Player
from server.screens.players import revoke_player
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.console.network.screens import screen_page
from server.web.forms import Typed, answer_form, typed_values
from server.web.identity.auth import actor, requires
from server.web.identity.guesses import limit_wrong_enrolments
from server.web.words.language import say as _


class CodeForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    code: str


class EnrolForm(CodeForm):
    screen_id: str


class CommandForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    do: CommandKind


@bp.get("/screens/enrol")
@requires(Right.EDIT_SCREENS)
def enrol_some() -> ResponseReturnValue:
    return enrol_page(Typed({"screen_id": request.args.get("screen")}))


def enrol_page(typed: Typed) -> str:
    """The page that the text on a new box names: its code, and a screen that has no player."""
    with reading() as db:
        rows = [row for row in listed_screens(db, now=utc_now()) if row.player is None]
    return render_template("console/enrol.html", typed=typed, rows=rows)


@bp.post("/screens/enrol")
@requires(Right.EDIT_SCREENS)
@limit_wrong_enrolments
def enrol_chosen() -> ResponseReturnValue:
    return answer_form(EnrolForm, done=lambda form: enrolled(form.code, form.screen_id), again=enrol_page)


def enrolled(code: str, screen_id: str) -> ResponseReturnValue:
    with transaction() as db:
        take_code(db, code, screen_id, by=actor(), now=utc_now())
    message = _("The player is enrolled; it comes online within seconds.")
    return moved_to("console.screen", message, screen_id=screen_id)


@bp.post("/screens/<screen_id>/enrol")
@requires(Right.EDIT_SCREENS)
@limit_wrong_enrolments
def enrol(screen_id: str) -> ResponseReturnValue:
    again: Callable[[Typed], str] = lambda typed: screen_page(screen_id, typed)  # noqa: E731
    return answer_form(CodeForm, done=lambda form: enrolled(form.code, screen_id), again=again)


@bp.post("/players/<player_id>/move")
@requires(Right.EDIT_SCREENS)
def move(player_id: str) -> ResponseReturnValue:
    screen_id = request.form.get("screen_id", "")
    with transaction() as db:
        move_player(db, player_id, screen_id, by=actor(), now=utc_now())
    message = _("The player is moved; it shows this screen's timeline from now on.")
    return moved_to("console.screen", message, screen_id=screen_id)


@bp.post("/players/<player_id>/commands")
@requires(Right.EDIT_SCREENS)
def send_to_player(player_id: str) -> ResponseReturnValue:
    form = CommandForm.model_validate(typed_values())
    with transaction() as db:
        send_command(db, player_id, form.do, by=actor(), now=utc_now())
        screen_id = db.get_one(Player, player_id).screen_id
    message = _("The command was sent. The player's answer appears below.")
    return (
        moved_to("console.screen", message, screen_id=screen_id) if screen_id else moved_to("console.screens", message)
    )


@bp.post("/players/<player_id>/revoke")
@requires(Right.EDIT_SCREENS)
def revoke(player_id: str) -> ResponseReturnValue:
    with transaction() as db:
        revoke_player(db, player_id, by=actor(), now=utc_now())
    return moved_to("console.screens", _("The player is revoked. Its box can be enrolled again with a new code."))
