from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from server.screens.models import Player, Screen, Service
from server.screens.service import begin_service, end_service
from tests.factories import NOON, make_player, make_screen

LATER = NOON + timedelta(hours=1)


def services(db: Session) -> list[tuple[str, str, datetime, datetime | None]]:
    rows = db.exec(select(Service).order_by(Service.from_at, Service.id))
    return [(row.player_id, row.screen_id, row.from_at, row.until_at) for row in rows]


def put_on(db: Session, player: Player, screen: Screen, now: datetime = NOON) -> None:
    begin_service(db, player, screen, now=now)


def test_a_player_serves_one_screen_after_the_other(db: Session) -> None:
    player, one, other = make_player(db), make_screen(db), make_screen(db)
    put_on(db, player, one)
    put_on(db, player, other, LATER)
    assert player.screen_id == other.id
    assert services(db) == [(player.id, one.id, NOON, LATER), (player.id, other.id, LATER, None)]


def test_the_player_that_was_on_the_screen_before_has_none(db: Session) -> None:
    old, new, screen = make_player(db), make_player(db), make_screen(db)
    put_on(db, old, screen)
    put_on(db, new, screen, LATER)
    assert (old.screen_id, new.screen_id) == (None, screen.id)
    assert services(db) == [(old.id, screen.id, NOON, LATER), (new.id, screen.id, LATER, None)]


def test_a_player_that_is_on_the_screen_already_goes_on_serving_it(db: Session) -> None:
    player, screen = make_player(db), make_screen(db)
    put_on(db, player, screen)
    player.status = {"showing": "a"}
    put_on(db, player, screen, LATER)
    assert services(db) == [(player.id, screen.id, NOON, None)]
    assert player.status == {"showing": "a"}


def test_reports_about_the_screen_that_a_player_left_are_forgotten(db: Session) -> None:
    screen = make_screen(db)
    player = make_player(db, screen=screen, held_version=3, picture_digest="a" * 64, picture_at=NOON)
    player.status = {"showing": "a"}
    end_service(db, player, now=NOON)
    end_service(db, player, now=LATER)
    assert (player.screen_id, player.held_version, player.status) == (None, None, {})
    assert (player.picture_digest, player.picture_at) == (None, None)
    assert [until for *_rest, until in services(db)] == [NOON], "what has ended ends no second time"
