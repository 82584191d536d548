"""Commands that a player carries out at once, and its answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, delete, select, update

from media.wire.status import Command, CommandAnswer
from server.accounts.audit import record
from server.db import Topic, get_or_raise, in_database_time, post
from server.screens.models import CommandKind, Player, PlayerCommand
from server.screens.players import AlreadyRevoked, NoPlayer

logger = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(seconds=10)
KEPT = timedelta(days=30)


class CommandState(StrEnum):
    """The state of a command. A player that is not connected receives none, so they time out."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"


def command_state(command: PlayerCommand, now: datetime) -> CommandState:
    if command.answered_at is not None:
        return CommandState.ACKNOWLEDGED if command.ok else CommandState.REFUSED
    return CommandState.WAITING if now - command.asked_at <= ANSWER_WITHIN else CommandState.TIMED_OUT


def send_command(db: Session, player_id: str, do: CommandKind, *, by: str | None, now: datetime) -> PlayerCommand:
    """Queue the command; the process that holds the player's socket sends it."""
    player = get_or_raise(db, Player, player_id, NoPlayer)
    if player.revoked_at is not None:
        raise AlreadyRevoked
    command = PlayerCommand(player_id=player.id, do=do, asked_at=now)
    db.add(command)
    db.flush()
    message = Command(id=command.id, do=do.value).model_dump()
    post(db, Topic.COMMAND, player.id, message, now=in_database_time(db, now))  # another process drops one that is old
    record(db, by, "player told", player.id, {"do": do.value}, now=now)
    return command


def record_answer(db: Session, command_id: str, answer: CommandAnswer, *, now: datetime) -> None:
    """The first answer counts; a late one is better than none."""
    unanswered = (col(PlayerCommand.id) == command_id, col(PlayerCommand.answered_at).is_(None))
    answered = update(PlayerCommand).where(*unanswered)
    db.exec(answered.values(answered_at=now, ok=answer.ok, why=answer.why))
    logger.info("command answered command=%s ok=%s", command_id, answer.ok)


def commands_of(db: Session, player_id: str, *, most: int = 20) -> Sequence[PlayerCommand]:
    """Newest first."""
    mine = select(PlayerCommand).where(col(PlayerCommand.player_id) == player_id)
    return db.exec(mine.order_by(col(PlayerCommand.asked_at).desc()).limit(most)).all()


def forget_commands(db: Session, *, now: datetime) -> int:
    return int(db.exec(delete(PlayerCommand).where(col(PlayerCommand.asked_at) < now - KEPT)).rowcount)
