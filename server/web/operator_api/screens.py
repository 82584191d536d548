"""Screens, their players, and emergencies over them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from server.accounts.rights import Right
from server.context import reading, services, transaction
from server.db import get_or_raise, utc_now
from server.screens.commands import CommandState, command_state, commands_of, send_command
from server.screens.enrol.enrolment import take_code
from server.screens.enrol.moving import move_player
from server.screens.forms import ScreenFields
from server.screens.health import ScreenState
from server.screens.lists import ListedScreen, ScreenOrder, ScreensQuery, listed_screens, page_of_all_screens
from server.screens.models import CommandKind, Player, PlayerCommand, Screen, ScreenKind
from server.screens.players import NoPlayer, revoke_player
from server.screens.venues import NoScreen, add_screen, change_screen, reinstate_screen, retire_screen
from server.timelines.interrupts import lift_interrupt, raise_interrupt
from server.timelines.lists import interrupts_in_force
from server.web.identity.auth import actor, requires
from server.web.identity.guesses import limit_wrong_enrolments
from server.web.operator_api.blueprint import Body, ListQuery, Out, bp, json_body, many, one, paged, read_query
from server.years import Moment


class ScreenOut(Out):
    """`page_url` is what phones open; the health is that of the moment. A retired screen is in no list.

    multipliers: impressions of a play, one number, or one for each hour of the day or of the week; none: 1
    multiplier_source: 0 unknown, 1 measurement vendor, 2 publisher, 3 exchange
    """

    id: str
    code: str
    venue_id: str
    name: str
    kind: ScreenKind
    tags: list[str]
    bank: str | None
    width: int
    height: int
    sound: bool
    strip: bool
    wifi: str | None
    multipliers: list[float]
    multiplier_source: int
    multiplier_vendor: str
    page_url: str
    player: str | None = None
    online: bool = False
    troubles: list[str] = []
    showing: str | None = None
    held_version: int | None = None
    seen_at: datetime | None = None
    retired_at: datetime | None = None


class ScreenBody(ScreenFields, Body):
    venue_id: str
    name: str = Field(min_length=1, max_length=120)


class ScreenChange(ScreenFields, Body):
    """Only the given fields change."""

    name: str = Field("", min_length=1, max_length=120)


class CodeBody(Body):
    """The code that the box shows."""

    code: str


class MoveBody(Body):
    screen_id: str


class CommandBody(Body):
    do: CommandKind


class CommandOut(Out):
    """`why` is what a box that refused said."""

    id: str
    do: CommandKind
    asked_at: datetime
    answered_at: datetime | None
    state: CommandState
    why: str


class InterruptBody(Body):
    """Without `until_at` it stays until it is lifted."""

    creative_id: str
    until_at: Moment | None = None


class InterruptOut(Out):
    id: str
    creative_id: str
    venue_id: str | None
    screen_id: str | None
    from_at: datetime
    until_at: datetime | None


class AllScreensQuery(ListQuery):
    """state, venue: only these · order: by venue and name, by trouble, by name, or longest unseen first"""

    state: ScreenState | None = None
    venue: str | None = None
    order: ScreenOrder = ScreenOrder.PLACE


@bp.get("/screens")
@requires(Right.SEE_SCREENS)
def screens() -> ResponseReturnValue:
    """Screens in use, with their health."""
    query = ScreensQuery.model_validate(read_query(AllScreensQuery).model_dump())
    with reading() as db:
        page = page_of_all_screens(db, query, now=utc_now())
    return paged("screens", ScreenOut, page.with_rows(map(shown, page)))


@bp.post("/screens")
@requires(Right.EDIT_SCREENS)
def create_screen() -> ResponseReturnValue:
    """Add a screen."""
    given = json_body(ScreenBody)
    with transaction() as db:
        screen = add_screen(db, **given.model_dump(), by=actor(), now=utc_now())
    return one(ScreenOut, screen.model_dump() | {"page_url": page_url(screen)}, 201)


@bp.get("/screens/<screen_id>")
@requires(Right.SEE_SCREENS)
def screen(screen_id: str) -> ResponseReturnValue:
    """One screen, with its health."""
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        listed = [row for row in listed_screens(db, now=utc_now()) if row.screen.id == screen_id]
    return one(ScreenOut, shown(listed[0]) if listed else screen.model_dump() | {"page_url": page_url(screen)})


@bp.patch("/screens/<screen_id>")
@requires(Right.EDIT_SCREENS)
def save_screen(screen_id: str) -> ResponseReturnValue:
    """Change some fields of a screen."""
    given = json_body(ScreenChange)
    with transaction() as db:
        changed = change_screen(db, screen_id, by=actor(), now=utc_now(), **given.model_dump(exclude_unset=True))
    return one(ScreenOut, changed.model_dump() | {"page_url": page_url(changed)})


@bp.delete("/screens/<screen_id>")
@requires(Right.EDIT_SCREENS)
def end_screen(screen_id: str) -> ResponseReturnValue:
    """Retire a screen."""
    with transaction() as db:
        retire_screen(db, screen_id, by=actor(), now=utc_now())
    return "", 204


@bp.post("/screens/<screen_id>/restore")
@requires(Right.EDIT_SCREENS)
def bring_screen_back(screen_id: str) -> ResponseReturnValue:
    """Take a retired screen into use again."""
    with transaction() as db:
        screen = reinstate_screen(db, screen_id, by=actor(), now=utc_now())
    return one(ScreenOut, screen.model_dump() | {"page_url": page_url(screen)})


@bp.post("/screens/<screen_id>/player")
@requires(Right.EDIT_SCREENS)
@limit_wrong_enrolments
def enrol(screen_id: str) -> ResponseReturnValue:
    """Enrol the box that shows this code."""
    given = json_body(CodeBody)
    with transaction() as db:
        player = take_code(db, given.code, screen_id, by=actor(), now=utc_now())
    return {"player": player.id, "screen": screen_id}, 201


@bp.post("/players/<player_id>/move")
@requires(Right.EDIT_SCREENS)
def move(player_id: str) -> ResponseReturnValue:
    """Put a box on another screen."""
    given = json_body(MoveBody)
    with transaction() as db:
        move_player(db, player_id, given.screen_id, by=actor(), now=utc_now())
    return {"player": player_id, "screen": given.screen_id}


@bp.post("/players/<player_id>/commands")
@requires(Right.EDIT_SCREENS)
def tell(player_id: str) -> ResponseReturnValue:
    """Send a command to a connected box; the list of its commands shows whether it answered."""
    given, now = json_body(CommandBody), utc_now()
    with transaction() as db:
        command = send_command(db, player_id, given.do, by=actor(), now=now)
    return one(CommandOut, command_shown(command, now), 201)


@bp.get("/players/<player_id>/commands")
@requires(Right.SEE_SCREENS)
def commands(player_id: str) -> ResponseReturnValue:
    """The newest commands of a box, and how each stands: waiting, acknowledged, refused or timed out."""
    now = utc_now()
    with reading() as db:
        player = get_or_raise(db, Player, player_id, NoPlayer)
        return many("commands", CommandOut, [command_shown(command, now) for command in commands_of(db, player.id)])


@bp.delete("/players/<player_id>")
@requires(Right.EDIT_SCREENS)
def revoke(player_id: str) -> ResponseReturnValue:
    """Revoke a box's token."""
    with transaction() as db:
        revoke_player(db, player_id, by=actor(), now=utc_now())
    return "", 204


# --- emergencies


@bp.get("/interrupts")
@requires(Right.SEE_SCREENS)
def interrupts() -> ResponseReturnValue:
    """The emergencies that are in force."""
    with reading() as db:
        return many("interrupts", InterruptOut, interrupts_in_force(db, now=utc_now()))


@bp.post("/interrupts")
@requires(Right.RAISE_EMERGENCY)
def raise_everywhere() -> ResponseReturnValue:
    """Raise an emergency over all screens."""
    return raised(everywhere=True)


@bp.post("/venues/<venue_id>/interrupts")
@requires(Right.RAISE_EMERGENCY)
def raise_over_venue(venue_id: str) -> ResponseReturnValue:
    """Raise an emergency over a whole venue."""
    return raised(venue_id=venue_id)


@bp.post("/screens/<screen_id>/interrupts")
@requires(Right.RAISE_EMERGENCY)
def raise_over_screen(screen_id: str) -> ResponseReturnValue:
    """Raise an emergency over one screen."""
    return raised(screen_id=screen_id)


def raised(**place: Any) -> ResponseReturnValue:
    given = json_body(InterruptBody)
    with transaction() as db:
        interrupt = raise_interrupt(db, **given.model_dump(), **place, by=actor(), now=utc_now())
    return one(InterruptOut, interrupt, 201)


@bp.delete("/interrupts/<interrupt_id>")
@requires(Right.RAISE_EMERGENCY)
def lift(interrupt_id: str) -> ResponseReturnValue:
    """Lift an emergency."""
    with transaction() as db:
        lift_interrupt(db, interrupt_id, by=actor(), now=utc_now())
    return "", 204


def shown(row: ListedScreen) -> dict[str, Any]:
    player = row.player
    health = {"online": row.health.online, "troubles": [trouble.code for trouble in row.health.troubles]}
    player_fields = (
        {
            "player": player.id,
            "showing": player.status.get("showing"),
            "held_version": player.held_version,
            "seen_at": player.seen_at,
        }
        if player
        else {}
    )
    return row.screen.model_dump() | {"page_url": page_url(row.screen)} | health | player_fields


def command_shown(command: PlayerCommand, now: datetime) -> dict[str, Any]:
    return command.model_dump() | {"state": command_state(command, now)}


def page_url(screen: Screen) -> str:
    return f"{services().settings.public_url}/s/{screen.code}"
