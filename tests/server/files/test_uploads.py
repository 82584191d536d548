"""An upload is looked at and stored before its rows are written: meanwhile others write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import select

from media.store import MediaStore
from media.wire.games import GameKind, Phrase
from server.accounts.models import AuditEntry
from server.creatives import accept
from server.creatives.games import GameDesign
from server.creatives.models import Creative
from server.creatives.uploads.pdf import draw_pages
from server.creatives.uploads.tickets import issue_ticket
from server.db import make_engine, reading, transaction
from server.files.app import create_media_app
from server.settings import Settings
from tests.factories import make_access, make_creative, make_venue
from tests.rig.files.documents import pdf
from tests.rig.files.game_zips import GOOD, packed
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


def test_the_zip_of_a_custom_game_is_replaced_by_another_and_by_nothing_else(
    app: Flask, settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    design = GameDesign(kind=GameKind.CUSTOM, call=Phrase(en="Find the pairs"), most_score=9).model_dump(mode="json")
    with transaction(engine) as db:
        game = make_creative(db, kind="game", game=design, original_digest="a" * 64, original_name="old.zip").id
        ticket = issue_ticket(settings, access=make_access(db), replaces=game)
    zipped = packed(tmp_path / "zip", GOOD).read_bytes()
    bodies = {"picture.jpg": sample("rotated.jpg").read_bytes(), "new.zip": zipped}
    answers = [
        app.test_client().put(f"/uploads/{ticket}", data=body, headers={"X-File-Name": name})
        for name, body in bodies.items()
    ]
    assert [answer.status_code for answer in answers] == [422, 201]
    assert answers[0].get_json()["error"]["code"] == "game_zip_damaged"
    assert answers[1].get_json()["creatives"] == [game]
    with reading(engine) as db:
        assert db.get_one(Creative, game).original_name == "new.zip"
        assert db.exec(select(AuditEntry.action)).all() == ["creative replaced"]
