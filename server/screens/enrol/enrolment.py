"""Enrolment: a box requests a code and shows it, an operator types it and picks the screen, the box polls for the
screen."""

from __future__ import annotations

import hmac
import logging
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select, update

from media.wire.enrolment import EnrolRequest, EnrolState
from server.accounts.audit import record
from server.db import get_or_raise, insert_once
from server.errors import Conflict, LiftcastError, Missing
from server.screens.codes import draw_code, read_code
from server.screens.enrol.tokens import TokenRevoked, UnknownToken, token_hash
from server.screens.models import Enrolment, Player
from server.screens.replan import queue_plans
from server.screens.service import begin_service
from server.screens.texts import read_text
from server.screens.venues import CODE_DRAWS, CodesExhausted, lock_screen

logger = logging.getLogger(__name__)

CODE_LASTS = timedelta(minutes=10)


class NoEnrolment(Missing):
    """There is no such enrolment. Ask for a new code."""


class EnrolmentExpired(LiftcastError):
    """This code is older than ten minutes. Ask for a new code."""

    status = 410


class WrongCode(Missing):
    """No box shows this code. Read the six symbols on the screen again; it changes every ten minutes."""


class CodeExpired(LiftcastError):
    """This code is older than ten minutes. Type the new one that the screen shows by now."""

    status = 410


class CodeTaken(Conflict):
    """This code was typed already. Look at the list of screens: the box may be enrolled by now."""


def request_enrolment(db: Session, request: EnrolRequest, *, now: datetime) -> Enrolment:
    """A code for ten minutes; the same one if the box repeats the request meanwhile.

    A box is known by its token alone: its hardware id is no secret, and repeating it must not end the box's code.
    """
    hardware = read_text(request.hardware, "The hardware id", most=128, least=4)
    _refuse_revoked(db, request.token_sha256)
    waiting = db.exec(select(Enrolment).where(*_open(now), Enrolment.token_hash == request.token_sha256)).first()
    if waiting is not None:
        return waiting
    return _with_fresh_code(
        db,
        Enrolment(
            code="", hardware=hardware, token_hash=request.token_sha256, asked_at=now, expires_at=now + CODE_LASTS
        ),
    )


def take_code(db: Session, code: str, screen_id: str, *, by: str | None, now: datetime) -> Player:
    """Put the box that shows this code on the screen; of two who type one code, one wins."""
    screen = lock_screen(db, screen_id)
    enrolment = _take(db, read_code(code), now=now)
    player = _player_of(db, enrolment, now=now)
    begin_service(db, player, screen, now=now)
    enrolment.player_id = player.id
    db.add(enrolment)
    record(db, by, "player enrolled", screen.id, {"player": player.id, "hardware": player.hardware}, now=now)
    queue_plans(db, [screen.venue_id], now=now)
    logger.info("player enrolled player=%s screen=%s", player.id, screen.id)
    return player


def enrolment_state(db: Session, enrolment_id: str, token: str, *, now: datetime) -> EnrolState:
    """The state that the box polls: its screen once the code was typed."""
    enrolment = get_or_raise(db, Enrolment, enrolment_id, NoEnrolment)
    if not hmac.compare_digest(enrolment.token_hash, token_hash(token)):
        raise UnknownToken
    if enrolment.taken_at is None and enrolment.expires_at <= now:
        raise EnrolmentExpired
    return EnrolState(screen=_screen_of(db, enrolment))


def _screen_of(db: Session, enrolment: Enrolment) -> str | None:
    if enrolment.player_id is None:
        return None
    player = db.get_one(Player, enrolment.player_id)
    if player.revoked_at is not None:
        raise TokenRevoked
    if player.screen_id is None:
        raise EnrolmentExpired("This box was taken off its screen.", remedy="Ask for a new code.")
    return player.screen_id


def _take(db: Session, code: str, *, now: datetime) -> Enrolment:
    """One UPDATE decides; the reason is read only if it failed."""
    won = db.exec(update(Enrolment).where(*_open(now), col(Enrolment.code) == code).values(taken_at=now))
    enrolment = db.exec(select(Enrolment).where(Enrolment.code == code)).first()
    if enrolment is None or not code:
        raise WrongCode
    if won.rowcount != 1:
        raise CodeTaken if enrolment.taken_at else CodeExpired
    db.refresh(enrolment)
    return enrolment


def _open(now: datetime) -> tuple:  # type: ignore[type-arg]
    return col(Enrolment.taken_at).is_(None), col(Enrolment.expires_at) > now


def _player_of(db: Session, enrolment: Enrolment, *, now: datetime) -> Player:
    """The player of this token or hardware, with the new token; a box that is new to us becomes a player.

    One row per box keeps its service history, so that the plays of its old screen are still accepted.
    """
    _refuse_revoked(db, enrolment.token_hash)
    mine = or_(col(Player.token_hash) == enrolment.token_hash, col(Player.hardware) == enrolment.hardware)
    known = db.exec(select(Player).where(mine, col(Player.revoked_at).is_(None))).all()
    player = max(known, key=lambda p: (p.token_hash == enrolment.token_hash, p.enrolled_at, p.id), default=None)
    if player is None:
        player = Player(hardware=enrolment.hardware, token_hash=enrolment.token_hash, enrolled_at=now)
    player.hardware = enrolment.hardware
    player.token_hash = enrolment.token_hash
    player.enrolled_at = now
    player.clone_at = None
    db.add(player)
    db.flush()
    return player


def _refuse_revoked(db: Session, hash_: str) -> None:
    if db.exec(select(Player.id).where(Player.token_hash == hash_, col(Player.revoked_at).is_not(None))).first():
        raise TokenRevoked


def _with_fresh_code(db: Session, enrolment: Enrolment) -> Enrolment:
    for _ in range(CODE_DRAWS):
        enrolment.code = draw_code()
        if insert_once(db, enrolment):
            return db.get_one(Enrolment, enrolment.id)
    raise CodesExhausted("No free code was found.")
