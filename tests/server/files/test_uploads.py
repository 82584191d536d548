"""An upload is looked at and stored before its rows are written: meanwhile others write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from media.store import MediaStore
from server.creatives import accept
from server.creatives.uploads.pdf import draw_pages
from server.creatives.uploads.tickets import issue_ticket
from server.db import make_engine, transaction
from server.files.app import create_media_app
from server.settings import Settings
from tests.factories import make_access, make_creative, make_venue
from tests.rig.files.documents import pdf
from tests.rig.files.samples import sample

PATIENCE_S = 0.5


@pytest.fixture
def app(settings: Settings, database_url: str) -> Iterator[Flask]:
    """The media process, whose writers give up soon."""
    app = create_media_app(settings)
    app.extensions["liftcast"].engine.dispose()
    hasty = make_engine(database_url, patience_s=PATIENCE_S)
    app.extensions["liftcast"] = replace(app.extensions["liftcast"], engine=hasty)
    yield app
    hasty.dispose()


@pytest.fixture
def looked_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """While a file is looked at, or a PDF is drawn, this process and another one write; raises if they cannot."""
    looked: list[str] = []

    def between(name: str, look: Any) -> Any:
        def writing(*args: Any, **more: Any) -> Any:
            with transaction(app.extensions["liftcast"].engine) as db:
                make_venue(db, name=f"While {len(looked)}")
            looked.append(name)
            return look(*args, **more)

        return writing

    monkeypatch.setattr(accept, "probe_apart", between("probe", accept.probe_apart))
    monkeypatch.setattr("server.creatives.uploads.accept_file.draw_pages", between("pdf", draw_pages))
    return looked


@pytest.mark.parametrize("kind", ["picture", "pdf", "replacement"])
def test_others_write_while_an_uploaded_file_is_looked_at(
    app: Flask, settings: Settings, engine: Engine, store: MediaStore, looked_at: list[str], kind: str
) -> None:
    with transaction(engine) as db:
        replaced = make_creative(db, store, kind="image").id if kind == "replacement" else None
        ticket = issue_ticket(settings, access=make_access(db), replaces=replaced)
    body = pdf(pages=1) if kind == "pdf" else sample("rotated.jpg").read_bytes()
    answer = app.test_client().put(f"/uploads/{ticket}", data=body, headers={"X-File-Name": "poster"})
    assert answer.status_code == 201, answer.text
    assert looked_at == (["pdf", "probe"] if kind == "pdf" else ["probe"])
