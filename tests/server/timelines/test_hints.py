from __future__ import annotations

from sqlmodel import Session, select

from server.db import OutboxRow, Topic
from server.timelines.hints import post_version
from tests.factories import NOON


def test_a_screens_player_and_its_phones_each_get_a_hint(db: Session) -> None:
    post_version(db, Topic.INTERRUPT, "screen", 7, now=NOON)
    rows = db.exec(select(OutboxRow).order_by(OutboxRow.id)).all()
    assert {(row.topic, row.target) for row in rows} == {("interrupt", "screen"), ("stage", "screen")}
    assert [row.message for row in rows] == [{"version": 7}] * 2
