"""Players: find the player of a token, record its status, revoke it."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlmodel import Session, col, select, update

from media.wire.message import PROTOCOLS_SPOKEN
from media.wire.status import Status
from media.wire.timeline import VersionHint
from server.accounts.audit import record
from server.db import Topic, get_or_raise, in_database_time, post
from server.errors import Conflict, LiftcastError, Missing
from server.screens.enrol.tokens import TokenRevoked, UnknownToken, token_hash
from server.screens.health import Health, health_of
from server.screens.hotspots import hotspot_of, note_hotspot
from server.screens.models import Player, Screen, Venue
from server.screens.opening import opening_of
from server.screens.replan import queue_plans
from server.screens.reported_faults import faults_by_screen
from server.screens.service import end_service

logger = logging.getLogger(__name__)

# A status that was overtaken on its way (socket and HTTP side by side) is at most so many behind.
OVERTAKEN_BY = 3
BOOTS_KEPT = 8


class NoPlayer(Missing):
    """There is no such player. Choose one from the list of screens."""


class AlreadyRevoked(Conflict):
    """This player was revoked before. Enrol the box again if it should come back."""


class OnNoScreen(Conflict):
    """This player is on no screen. Enrol it again with the code that it shows, and pick its screen."""


class UnknownProtocol(LiftcastError):
    """This protocol is not spoken here. Update the player's software, or the server's."""

    status = 426


def player_of_token(db: Session, token: str) -> Player:
    player = db.exec(select(Player).where(Player.token_hash == token_hash(token))).first()
    if player is None:
        raise UnknownToken
    if player.revoked_at is not None:
        raise TokenRevoked
    return player


def player_of_id(db: Session, player_id: str) -> Player:
    """The player that authenticated earlier, unless it was revoked since."""
    player = get_or_raise(db, Player, player_id, NoPlayer)
    if player.revoked_at is not None:
        raise TokenRevoked
    return player


def screen_served_by(player: Player) -> str:
    """The id of the player's screen."""
    if player.screen_id is None:
        raise OnNoScreen
    return player.screen_id


def require_protocol(protocol: object) -> None:
    if protocol not in PROTOCOLS_SPOKEN:
        spoken = ", ".join(map(str, PROTOCOLS_SPOKEN))
        raise UnknownProtocol(f"This server speaks protocols {spoken}, not {str(protocol)[:20]}.")


def record_status(db: Session, player: Player, status: Status, *, now: datetime) -> None:
    """Record a player's status; phones receive a hint if the stage has changed."""
    require_protocol(status.protocol)
    staged = _as_staged(player)
    player.seen_at = now
    if not _was_overtaken(player, status):
        _note_boot(player, status, now)
        if player.screen_id:
            _note_referee(db, player, status, now=now)
        if status.hotspot and player.screen_id:
            note_hotspot(db, player.screen_id, hotspot_of(player.status), status.hotspot, now=now)
        _write_status(player, status)
    db.add(player)
    if player.screen_id and staged != _as_staged(player):
        post(db, Topic.STAGE, player.screen_id, VersionHint(version=player.held_version or 0).model_dump(), now=now)


def revoke_player(db: Session, player_id: str, *, by: str | None, now: datetime) -> None:
    """Its token opens nothing any more, and its sockets are closed."""
    open_one = (col(Player.id) == player_id, col(Player.revoked_at).is_(None))
    won = update(Player).where(*open_one).values(revoked_at=in_database_time(db, now))
    if db.exec(won).rowcount != 1:
        get_or_raise(db, Player, player_id, NoPlayer)
        raise AlreadyRevoked
    player = db.get_one(Player, player_id)
    db.refresh(player)
    end_service(db, player, now=now)
    record(db, by, "player revoked", player_id, {"hardware": player.hardware}, now=now)
    logger.info("player revoked player=%s", player_id)


def player_on(db: Session, screen_id: str) -> Player | None:
    return db.exec(select(Player).where(Player.screen_id == screen_id)).first()


def screen_health(db: Session, screen: Screen, now: datetime) -> Health:
    opening = opening_of(db.get_one(Venue, screen.venue_id), now)
    faults = faults_by_screen(db, now=now, screen_id=screen.id)
    return health_of(player_on(db, screen.id), now, opening, faults.get(screen.id))


def _write_status(player: Player, status: Status) -> None:
    player.boot_id, player.seq = status.boot_id, status.seq
    # A box that was moved reports its old screen until it has fetched the new one's timeline.
    here = status.screen in (None, player.screen_id)
    player.held_version = status.version if here else None
    player.status = status.model_dump(mode="json") | ({} if here else {"override": None})


def _note_referee(db: Session, player: Player, status: Status, *, now: datetime) -> None:
    """Who referees the games is written into the next timeline, by which the box and the server go."""
    before = hotspot_of(player.status) if player.status else None
    referees = bool(status.hotspot and status.hotspot.referees)
    if player.status and bool(before and before.referees) == referees:
        return
    differs = (col(Screen.id) == player.screen_id, col(Screen.box_referees).is_not(referees))
    if db.exec(update(Screen).where(*differs).values(box_referees=referees)).rowcount == 1:
        queue_plans(db, [db.get_one(Screen, player.screen_id).venue_id], now=now)


def _note_boot(player: Player, status: Status, now: datetime) -> None:
    """A new boot id is a reboot; one that returns after a newer was seen is a second box with this token."""
    if status.boot_id == player.boot_id or not player.boot_id:
        return
    if status.boot_id in player.past_boots:
        player.clone_at = now
        logger.warning("clone seen player=%s screen=%s", player.id, player.screen_id)
    boots = [boot for boot in player.past_boots if boot != status.boot_id]
    player.past_boots = [*boots, player.boot_id][-BOOTS_KEPT:]


def _was_overtaken(player: Player, status: Status) -> bool:
    """A daemon that starts anew within one boot counts from the beginning again: that is no old status."""
    return status.boot_id == player.boot_id and max(player.seq - OVERTAKEN_BY, 1) < status.seq <= player.seq


def _as_staged(player: Player) -> tuple[object, ...]:
    """The parts of a player's row on which a stage made by the server depends."""
    return player.held_version, player.status.get("override")
