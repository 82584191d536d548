from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from media.store import MediaStore
from server.creatives.models import Creative
from server.creatives.uploads import pdf as drawing
from server.creatives.uploads.accept_file import add_file, stored_file
from server.db import Job
from server.settings import Settings

Accept = Callable[..., list[Creative]]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "LONG_SIDE", 300)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The path of a file that is being uploaded."""
    return tmp_path / "draft"


@pytest.fixture
def accept(db: Session, store: MediaStore, settings: Settings, now: datetime, draft: Path, small_pages: None) -> Accept:
    """Accept these bytes, as the media process would."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)

    def call(content: bytes, name: str = "file", title: str = "", venue_id: str | None = None) -> list[Creative]:
        draft.write_bytes(content)
        whose = {"advertiser_id": None, "venue_id": venue_id, "by": "person"}
        with stored_file(store, draft, settings) as originals:
            return add_file(db, originals, name=name, title=title, now=now, **whose)

    return call


@pytest.fixture
def nothing_is_left(db: Session, store: MediaStore, settings: Settings, draft: Path) -> Callable[[], bool]:
    """Whether an upload left no row, no file in the store, no draft and no drawn page."""

    def check() -> bool:
        rows = [*db.exec(select(Creative)), *db.exec(select(Job))]
        files = [*store.digests(), *settings.work_dir.iterdir()]
        return not rows and not files and not draft.exists()

    return check
