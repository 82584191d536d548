from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from server.db import to_ms
from server.plays.insert import insert_new
from server.plays.lists import a_notice_was_seen, plays_since
from server.plays.models import Uncounted
from tests.factories import NOON, make_creative, make_player, make_screen
from tests.server.plays.test_insert import row

SINCE = NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("changed", "counted"),
    [
        ({}, 1),
        ({"began_ms": to_ms(SINCE)}, 1),
        ({"began_ms": to_ms(SINCE) - 1}, 0),
        ({"result": "short"}, 0),
        ({"uncounted": Uncounted.OVERLAP}, 0),
    ],
)
def test_showings_that_ran_to_their_end_since_then_are_counted(
    db: Session, changed: dict[str, Any], counted: int
) -> None:
    insert_new(db, [row(**{"began_ms": to_ms(NOON), **changed})])
    assert plays_since(db, SINCE) == counted


def test_a_notice_is_seen_when_a_screen_reports_to_have_played_it_or_to_show_it(db: Session) -> None:
    notice, picture = make_creative(db, kind="notice"), make_creative(db)
    assert not a_notice_was_seen(db)
    insert_new(db, [row(item=f"{picture.id}-campaign")])
    player = make_player(db, screen=make_screen(db))
    player.status = {"showing": picture.id}
    assert not a_notice_was_seen(db)
    player.status = {"showing": f"{notice.id}-campaign"}
    db.flush()
    assert a_notice_was_seen(db)
    player.status = {}
    insert_new(db, [row(item=notice.id)])
    assert a_notice_was_seen(db)


@pytest.mark.parametrize("showing", [None, "", 7, ["x"], {"a": 1}, "名"])
def test_a_box_that_reports_nonsense_shows_no_notice(db: Session, showing: object) -> None:
    make_creative(db, kind="notice")
    make_player(db, screen=make_screen(db)).status = {"showing": showing}
    db.flush()
    assert not a_notice_was_seen(db)
