"""A box moves to another screen without a code, and the box that served it is left without a screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from server.accounts.models import AuditEntry
from server.db import Job, OutboxRow
from server.errors import LiftcastError
from server.screens.enrol.moving import move_player
from server.screens.models import Player, Service
from server.screens.players import AlreadyRevoked, NoPlayer
from server.screens.venues import NoScreen, ScreenRetired
from tests.factories import NOON, make_player, make_screen

LATER = NOON + timedelta(hours=1)


def services(db: Session) -> list[tuple[str, str, bool]]:
    """Player, screen, and whether it still runs, of each service."""
    rows = db.exec(select(Service).order_by(col(Service.from_at), col(Service.id)))
    return [(row.player_id, row.screen_id, row.until_at is None) for row in rows]


def test_a_moved_box_serves_the_new_screen_with_its_old_token(db: Session) -> None:
    left, right = make_screen(db, name="Left"), make_screen(db, name="Right")
    player = make_player(db, screen=left)
    token_hash = player.token_hash
    moved = move_player(db, player.id, right.id, by="someone", now=LATER)
    assert (moved.id, moved.screen_id, moved.token_hash) == (player.id, right.id, token_hash)
    assert services(db) == [(player.id, left.id, False), (player.id, right.id, True)]
    assert [(entry.action, entry.facts) for entry in db.exec(select(AuditEntry))] == [
        ("player moved", {"screen": right.id})
    ]


def test_the_new_screen_is_planned_and_its_box_gets_a_hint(db: Session) -> None:
    player, right = make_player(db, screen=make_screen(db)), make_screen(db)
    move_player(db, player.id, right.id, by=None, now=LATER)
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("plan", right.venue_id)]
    hints = [row for row in db.exec(select(OutboxRow)) if row.target == right.id]
    assert [hint.message["version"] for hint in hints] == [0]


def test_the_box_that_served_the_screen_serves_none_afterwards(db: Session) -> None:
    screen = make_screen(db)
    before, player = make_player(db, screen=screen), make_player(db)
    move_player(db, player.id, screen.id, by=None, now=LATER)
    db.refresh(before)
    assert (before.screen_id, before.revoked_at) == (None, None)
    assert services(db) == [(before.id, screen.id, False), (player.id, screen.id, True)]


@pytest.mark.parametrize(
    ("player", "screen", "error"),
    [
        ("mine", "unknown", NoScreen),
        ("mine", "retired", ScreenRetired),
        ("unknown", "right", NoPlayer),
        ("revoked", "right", AlreadyRevoked),
    ],
)
def test_a_move_that_cannot_be_changes_nothing(
    db: Session, player: str, screen: str, error: type[LiftcastError]
) -> None:
    left = make_screen(db)
    screens = {"right": make_screen(db).id, "retired": make_screen(db, retired_at=NOON).id, "unknown": "nothing"}
    players = {
        "mine": make_player(db, screen=left).id,
        "revoked": make_player(db, revoked_at=NOON).id,
        "unknown": "nothing",
    }
    with pytest.raises(error):
        move_player(db, players[player], screens[screen], by=None, now=LATER)
    assert services(db) == [(players["mine"], left.id, True)]
    assert db.get_one(Player, players["revoked"]).screen_id is None
    assert db.exec(select(Job)).all() == []
