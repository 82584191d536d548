from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from media.wire.status import CommandAnswer
from server.db import OutboxRow
from server.screens.commands import (
    ANSWER_WITHIN,
    KEPT,
    CommandState,
    command_state,
    commands_of,
    forget_commands,
    record_answer,
    send_command,
)
from server.screens.models import CommandKind, Player, PlayerCommand
from server.screens.players import AlreadyRevoked, NoPlayer
from tests.factories import make_player, make_screen

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def player(db: Session) -> Player:
    return make_player(db, screen=make_screen(db))


@pytest.fixture
def command(db: Session, player: Player, now: datetime) -> PlayerCommand:
    return send_command(db, player.id, CommandKind.PICTURE, by=None, now=now)


def test_a_command_is_pushed_to_its_player(db: Session, player: Player, command: PlayerCommand) -> None:
    (row,) = db.exec(select(OutboxRow))
    assert (row.topic, row.target, row.message) == ("command", player.id, {"id": command.id, "do": "picture"})


def test_a_command_waits_for_its_answer_and_then_times_out(command: PlayerCommand, now: datetime) -> None:
    assert command_state(command, now + ANSWER_WITHIN) is CommandState.WAITING
    assert command_state(command, now + ANSWER_WITHIN + A_SECOND) is CommandState.TIMED_OUT


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (CommandAnswer(ok=True), CommandState.ACKNOWLEDGED),
        (CommandAnswer(ok=False, why="x" * 1000), CommandState.REFUSED),
    ],
)
def test_the_first_answer_counts(
    db: Session, command: PlayerCommand, now: datetime, answer: CommandAnswer, state: CommandState
) -> None:
    record_answer(db, command.id, answer, now=now + A_SECOND)
    record_answer(db, command.id, CommandAnswer(ok=not answer.ok), now=now + 2 * A_SECOND)
    db.refresh(command)
    assert command.answered_at == now + A_SECOND
    assert command_state(command, now + 2 * ANSWER_WITHIN) is state


def test_only_an_existing_player_receives_a_command(db: Session, player: Player, now: datetime) -> None:
    with pytest.raises(NoPlayer):
        send_command(db, "never", CommandKind.PICTURE, by=None, now=now)
    player.revoked_at = now
    with pytest.raises(AlreadyRevoked):
        send_command(db, player.id, CommandKind.PICTURE, by=None, now=now)


def test_commands_are_listed_newest_first_and_forgotten_in_time(
    db: Session, player: Player, command: PlayerCommand, now: datetime
) -> None:
    newer = send_command(db, player.id, CommandKind.IDENTIFY, by=None, now=now + A_SECOND)
    assert [command.id for command in commands_of(db, player.id)] == [newer.id, command.id]
    assert [command.id for command in commands_of(db, player.id, most=1)] == [newer.id]
    assert forget_commands(db, now=now + KEPT + A_SECOND) == 1
    assert [command.id for command in commands_of(db, player.id)] == [newer.id]
