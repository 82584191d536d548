from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, select

from server.db import new_id
from server.plays.insert import insert_new
from server.plays.models import PlayRow, Uncounted
from tests.factories import NOON


def row(nth: int = 0, **more: Any) -> dict[str, Any]:
    facts = {"kind": "spot", "screen_id": "s", "player_id": "p", "item": "i", "campaign_id": None, "version": 1}
    times = {"starts_ms": 2**40 + nth, "began_ms": 2**40, "ended_ms": 2**40 + 1, "planned_end_ms": None}
    counts = {"phones": 0, "phones_samples": 0, "counts_for": None, "uncounted": None}
    judged = {"result": "played", "why": "", "on": date(2026, 3, 2), "accepted_at": NOON}
    return {"id": new_id(), **facts, **times, **counts, **judged, **more}


def test_a_row_is_read_as_it_was_inserted(db: Session) -> None:
    given = row(why="“名” 🍜 '); --", counts_for="s 1", uncounted=Uncounted.OFF_TIME, campaign_id="c", planned_end_ms=7)
    assert insert_new(db, [given]) == {given["id"]}
    stored = db.exec(select(PlayRow)).one().model_dump()
    assert stored == given


def test_a_row_whose_id_or_spot_is_taken_is_left_out_and_the_first_of_a_batch_wins(db: Session) -> None:
    first, same_spot, other = row(0, counts_for="spot"), row(1, counts_for="spot"), row(2)
    assert insert_new(db, [first, same_spot, other, {**other, "why": "again"}]) == {first["id"], other["id"]}
    assert insert_new(db, [first, same_spot]) == set()
    assert {stored.why for stored in db.exec(select(PlayRow))} == {""}


def test_many_rows_without_a_spot_are_no_repeats_of_each_other(db: Session) -> None:
    rows = [row(nth) for nth in range(1000)]
    assert insert_new(db, rows) == {given["id"] for given in rows}


def test_an_empty_batch_inserts_nothing(db: Session) -> None:
    assert insert_new(db, []) == set()


def test_a_batch_has_the_instant_of_its_first_row(db: Session) -> None:
    insert_new(db, [row(0), row(1, accepted_at=NOON + timedelta(hours=1))])
    assert {stored.accepted_at for stored in db.exec(select(PlayRow))} == {NOON}
