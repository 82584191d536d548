from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError
from sqlmodel import Session, col, select

from server.db import new_id, reading, transaction
from server.db.columns import Instant, id_field, ids_from
from server.screens.models import Venue
from tests.factories import NOON, make_venue, saved

CHINA = timezone(timedelta(hours=8))


def test_an_instant_is_the_same_one_in_whichever_zone_it_was_written(engine: Engine) -> None:
    at = datetime(2026, 3, 2, 20, 0, 0, 123456, tzinfo=CHINA)
    with transaction(engine) as db:
        make_venue(db, created_at=at)
    with reading(engine) as db:
        written = db.exec(select(Venue.created_at)).one()
        assert db.exec(select(Venue).where(col(Venue.created_at) == at.astimezone(UTC))).one()
    assert (written, written.tzinfo) == (at, UTC)


def test_an_instant_without_a_zone_is_refused(db: Session) -> None:
    with pytest.raises(StatementError, match="must know its zone"):
        make_venue(db, created_at=NOON.replace(tzinfo=None))
    db.rollback()


def test_no_instant_is_none() -> None:
    dialect = sqlite.dialect()
    assert Instant().process_bind_param(None, dialect) is None
    assert Instant().process_result_value(None, dialect) is None


def test_ids_are_unique_and_sort_by_the_time_at_which_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {len(id_) for id_ in ids} == {26}
    assert [id_[:10] for id_ in ids] == sorted(id_[:10] for id_ in ids)


def test_each_row_has_an_id_of_its_own(db: Session) -> None:
    assert saved(db, Venue(name="a", created_at=NOON)).id != saved(db, Venue(name="b", created_at=NOON)).id
    assert id_field().primary_key is True


def test_ids_from_one_on_are_the_ones_that_follow_it() -> None:
    first = new_id()
    ids = list(islice(ids_from(first), 40))
    assert ids[0] == first
    assert ids == sorted(set(ids))
    assert {len(id_) for id_ in ids} == {26}
