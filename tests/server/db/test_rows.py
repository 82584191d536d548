from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from server.db import Job, insert_once


def test_a_row_is_inserted_once(db: Session, now: datetime) -> None:
    job = Job(kind="plan", unique_key="plan:venue", run_at=now, created_at=now)
    again = Job(kind="plan", unique_key="plan:venue", run_at=now, created_at=now)
    assert [insert_once(db, job), insert_once(db, again)] == [True, False]
