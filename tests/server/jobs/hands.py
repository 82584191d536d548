"""Jobs that a test gives the worker, and reads back afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from server.creatives.models import Creative
from server.creatives.uploads.accept_file import add_file, stored_file
from server.db import Job, new_id, reading, transaction, utc_now
from server.jobs import worker
from server.jobs.handlers import HANDLERS, Handler
from server.jobs.worker import Worker
from tests.rig.files.samples import sample


def upload(worker: Worker, name: str) -> str:
    draft = Path(shutil.copy(sample(name), worker.settings.work_dir / f"upload-{new_id()}"))
    who = {"advertiser_id": None, "venue_id": None, "by": None}
    with stored_file(worker.store, draft, worker.settings) as originals, transaction(worker.engine) as db:
        return add_file(db, originals, name=name, title="", now=utc_now(), **who)[0].id


def creative(worker: Worker, creative_id: str) -> Creative:
    with reading(worker.engine) as db:
        return db.exec(select(Creative).where(col(Creative.id) == creative_id)).one()


def rows(worker: Worker, kind: type[Any]) -> list[Any]:
    with reading(worker.engine) as db:
        return list(db.exec(select(kind)))


def job_of(worker: Worker, kind: str) -> Job:
    return next(job for job in rows(worker, Job) if job.kind == kind)


@contextmanager
def handling(monkeypatch: pytest.MonkeyPatch, kind: str, run: Any) -> Iterator[None]:
    """Let another body do jobs of this kind."""
    with monkeypatch.context() as patch:
        patch.setitem(worker.HANDLERS, kind, replace(HANDLERS.get(kind, Handler(run)), run=run))
        yield
