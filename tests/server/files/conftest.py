"""The media process as an app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.files.app import create_media_app
from server.settings import Settings


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_media_app(settings)
    yield app
    app.extensions["liftcast"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
