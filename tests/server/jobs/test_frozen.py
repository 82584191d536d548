"""A worker that was frozen loses its job to another; when it wakes, it writes nothing, wherever it was.

Covers: server.jobs.handlers, server.jobs.work, server.jobs.worker
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlmodel import col, update

from server import tables
from server.creatives.models import CreativeState
from server.db import Job, enqueue, make_engine, reading, transaction, utc_now
from server.jobs.worker import Worker, do, take
from tests.factories import make_creative, make_screen

Found = tuple[dict[str, Any], set[str]]
KINDS = ("plan", "sweep", "prune")


def rows_of(engine: Engine) -> dict[str, Any]:
    """All rows but the jobs'."""
    with reading(engine) as db:
        return {
            table.name: sorted(map(repr, db.connection().execute(select(table))))
            for table in tables.metadata.sorted_tables
            if table is not Job.__table__
        }


@contextmanager
def frozen_at(worker: Worker, nth: int, thief: Engine) -> Iterator[list[Found]]:
    """Before its nth connection the worker sleeps, and another takes its job. Yields what it finds when it wakes."""
    seen, connections = list[Found](), iter(range(1, 10_000))

    def take_its_job(_connection: object) -> None:
        if next(connections) == nth:
            with transaction(thief) as db:
                running = col(Job.state) == "running"
                db.exec(update(Job).where(running).values(leased_by="another", attempts=Job.attempts + 1))
            seen.append((rows_of(thief), set(worker.store.digests())))

    event.listen(worker.engine, "engine_connect", take_its_job)
    try:
        yield seen
    finally:
        event.remove(worker.engine, "engine_connect", take_its_job)


def leave_work(worker: Worker, kind: str) -> None:
    """Something that a job of this kind would write or remove."""
    unused = worker.store.put([os.urandom(8)])
    os.utime(worker.store.path(unused), (0, 0))
    with transaction(worker.engine) as db:
        db.exec(update(Job).values(state="done", leased_by=None, unique_key=None))
        venue_id = make_screen(db).venue_id
        make_creative(db, ready=False, state=CreativeState.PROCESSING)
        enqueue(db, kind, venue_id if kind == "plan" else "", now=utc_now())


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_wakes_without_its_job_writes_nothing(here: Worker, kind: str, thief: Engine) -> None:
    here.kinds = frozenset({kind})
    for nth in range(1, 100):
        leave_work(here, kind)
        job = take(here)
        assert job is not None
        with frozen_at(here, nth, thief) as seen:
            do(here, job)
        if not seen:
            assert nth > 1
            return
        rows, files = seen[0]
        assert rows_of(thief) == rows, f"frozen before its connection {nth}"
        assert files <= set(here.store.digests())  # a file that no row names yet does no harm
    pytest.fail("the job never came to its end")


@pytest.fixture
def thief(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()
