"""A small limit of uploads for the media process, and the helpers of its tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.test import TestResponse

from media.store import MediaStore
from server.creatives.models import Creative
from server.db import Job, reading, transaction
from server.settings import Settings
from tests.factories import make_creative
from tests.rig.files.samples import sample
from tests.server.web.conftest import ticket_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"upload_limit_mb": 1, "public_url": "https://console.example.org"})


def put(client: FlaskClient, settings: Settings, made: str, **more: Any) -> TestResponse:
    """Upload the sample `made`, or `body`, under `name`."""
    ticket = ticket_for(settings, venue_id=more.get("venue_id"))
    headers = {"X-File-Name": quote(more.get("name", made))}
    return client.put(f"/uploads/{ticket}", data=more.get("body", sample(made).read_bytes()), headers=headers)


def nothing_is_left(engine: Engine, settings: Settings) -> bool:
    with reading(engine) as db:
        rows = [*db.exec(select(Creative)), *db.exec(select(Job))]
    files = [*settings.work_dir.iterdir(), *MediaStore(settings.media_dir).digests()]
    return not rows and not files


@pytest.fixture
def film(engine: Engine, store: MediaStore) -> str:
    """The digest of a screen's film."""
    with transaction(engine) as db:
        make_creative(db, store, kind="video")
    return next(digest for digest in store.digests() if store.path(digest).read_bytes()[4:8] == b"ftyp")
