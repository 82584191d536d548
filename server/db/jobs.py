"""The queue of jobs: work for the worker, written in the transaction of the change that makes it due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel

from server.db.clock import in_database_time
from server.db.columns import id_field, instant_field
from server.db.dialect import notify, on_postgres


class Job(SQLModel, table=True):
    """A piece of work. `unique_key` prevents the same work from being queued twice while it waits."""

    __tablename__ = "job"

    id: str = id_field()
    kind: str = Field(max_length=40, index=True)
    subject: str = Field(default="", max_length=64, index=True)
    unique_key: str | None = Field(default=None, unique=True, max_length=120)
    state: str = Field(default="waiting", max_length=12, index=True)
    run_at: datetime = instant_field(index=True)
    leased_until: datetime | None = instant_field(default=None, nullable=True)
    leased_by: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    progress: float = 0.0
    error: str = Field(default="", max_length=500)
    created_at: datetime = instant_field()
    finished_at: datetime | None = instant_field(default=None, nullable=True)


def enqueue(db: Session, kind: str, subject: str = "", *, now: datetime, delay_s: float = 0, once: bool = True) -> None:
    """Queue a job unless the same kind for the same subject already waits (`once`).

    A waiting job is updated all the same: no worker can take it before this transaction ends, so the work sees the
    change.
    """
    enqueue_all(db, kind, [subject], now=now, delay_s=delay_s, once=once)


def enqueue_all(
    db: Session, kind: str, subjects: Iterable[str], *, now: datetime, delay_s: float = 0, once: bool = True
) -> None:
    """The same for many subjects, in one statement: a change may concern every venue of a large network."""
    created_at = in_database_time(db, now)
    run_at = created_at + timedelta(seconds=delay_s)
    keys = ((subject, f"{kind}:{subject}" if once else None) for subject in subjects)
    jobs = [
        Job(kind=kind, subject=subject, unique_key=key, run_at=run_at, created_at=created_at).model_dump()
        for subject, key in keys
    ]
    if jobs:
        db.connection().execute(_insert_or_hasten(on_postgres(db)), jobs)
        notify(db, "liftcast_jobs")


@cache
def _insert_or_hasten(postgres: bool) -> Any:
    """Insert the job; if it waits already, it runs at the earlier of the two times."""
    job = SQLModel.metadata.tables["job"]
    given = (postgres_insert if postgres else sqlite_insert)(job)
    earlier = case((given.excluded.run_at < job.c.run_at, given.excluded.run_at), else_=job.c.run_at)
    return given.on_conflict_do_update(index_elements=["unique_key"], set_={"run_at": earlier})
