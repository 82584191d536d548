"""A worker in this process, turned by hand."""

from __future__ import annotations

from threading import Event

import pytest
from sqlalchemy import Engine

from media.store import MediaStore
from server.jobs.handlers import HANDLERS
from server.jobs.worker import Worker
from server.settings import Settings


@pytest.fixture
def here(settings: Settings, engine: Engine, store: MediaStore) -> Worker:
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    kinds = frozenset(kind for kind, handler in HANDLERS.items() if handler.every_s is None)
    return Worker(settings, engine, store, kinds, Event(), lease_s=60, name="here", looked_at=float("inf"))
