"""The queue of jobs: work for the worker, written in the transaction of the change that makes it due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel

from server.db.clock import in_database_time
from server.db.columns import id_field, instant_field
from server.db.dialect import notify, on_postgres


class JobKind(StrEnum):
    """The kinds of jobs, as the column `job.kind` has them. `server/jobs/handlers.py` has the handler of each kind."""

    RENDITIONS = "renditions"  # files of a film or sound
    STILLS = "stills"  # files of a picture
    DRAW = "draw"  # files of a notice, coupon or card, which are drawn
    DRAW_COUPON = "draw_coupon"  # the coupons of an offer that changed
    CREATIVE_READY = "creative_ready"  # plan the venues that use a creative
    ALLOT = "allot"  # allot the network
    PLAN = "plan"  # plan and publish a venue
    KEEP_DAYS = "keep_days"  # plan venues whose planned days run out
    END_CAMPAIGNS = "end_campaigns"
    CERTIFICATE = "certificate"  # obtain the certificate of a box's hotspot
    SETTLE_GAMES = "settle_games"  # games whose referee was killed
    OFF_AIR = "off_air"  # close files that no timeline refers to
    SWEEP = "sweep"
    PRUNE = "prune"  # remove files that nobody may request


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(SQLModel, table=True):
    """One piece of work. `unique_key` prevents that the same work is queued twice while it waits.

    kind: a `JobKind`, or an unknown word that a later version wrote · subject: the id that the work is about
    state: a `JobState`
    """

    __tablename__ = "job"

    id: str = id_field()
    kind: str = Field(max_length=40, index=True)
    subject: str = Field(default="", max_length=64, index=True)
    unique_key: str | None = Field(default=None, unique=True, max_length=120)
    state: str = Field(default=JobState.WAITING, max_length=12, index=True)
    run_at: datetime = instant_field(index=True)
    leased_until: datetime | None = instant_field(default=None, nullable=True)
    leased_by: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    progress: float = 0.0
    error: str = Field(default="", max_length=500)
    created_at: datetime = instant_field()
    finished_at: datetime | None = instant_field(default=None, nullable=True)


def enqueue(
    db: Session, kind: JobKind, subject: str = "", *, now: datetime, delay_s: float = 0, once: bool = True
) -> None:
    """Queue a job unless a job of the same kind and subject already waits (`once`).

    The waiting job is updated in any case. So no worker can take it before this transaction ends, and the worker that
    takes it sees the changes of this transaction.
    """
    enqueue_all(db, kind, [subject], now=now, delay_s=delay_s, once=once)


def enqueue_all(
    db: Session, kind: JobKind, subjects: Iterable[str], *, now: datetime, delay_s: float = 0, once: bool = True
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
    """An INSERT that moves a job that waits already to the earlier of the two times."""
    job = SQLModel.metadata.tables["job"]
    insert = (postgres_insert if postgres else sqlite_insert)(job)
    earlier = case((insert.excluded.run_at < job.c.run_at, insert.excluded.run_at), else_=job.c.run_at)
    return insert.on_conflict_do_update(index_elements=["unique_key"], set_={"run_at": earlier})
