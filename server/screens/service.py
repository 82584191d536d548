"""The history of which player served which screen: late plays are checked against it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select, update

from server.screens.models import Player, Screen, Service


def begin_service(db: Session, player: Player, screen: Screen, *, now: datetime) -> None:
    """Put the player on the screen: it leaves its old one, and the player that was here before has none.

    The caller holds the screen (`lock_screen`), so that two enrolments of one screen run one after the other.
    """
    for other in db.exec(select(Player).where(Player.screen_id == screen.id, Player.id != player.id)).all():
        end_service(db, other, now=now)
    if player.screen_id == screen.id:
        return
    end_service(db, player, now=now)
    player.screen_id = screen.id
    db.add(player)
    db.add(Service(player_id=player.id, screen_id=screen.id, from_at=now))
    db.flush()


def end_service(db: Session, player: Player, *, now: datetime) -> None:
    """Take the player off its screen; its report of that screen is no longer true."""
    mine = update(Service).where(col(Service.player_id) == player.id, col(Service.until_at).is_(None))
    db.exec(mine.values(until_at=now))
    player.screen_id = None
    player.held_version = None
    player.status = {}
    player.picture_digest = None
    player.picture_at = None
    db.add(player)
    db.flush()
