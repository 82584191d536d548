"""The media process as an app, with a small limit of uploads, and what its tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.test import TestResponse

from media.store import MediaStore
from server.creatives.models import Creative
from server.db import Job, reading, transaction
from server.files.app import create_media_app
from server.settings import Settings
from tests.factories import make_creative
from tests.rig.files.samples import sample
from tests.server.web.conftest import ticket_for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"upload_limit_mb": 1, "public_url": "https://console.example.org"})


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_media_app(settings)
    yield app
    app.extensions["liftcast"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


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
