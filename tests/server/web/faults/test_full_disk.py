"""A disk that is really full: writes say so with the remedy, reads go on, and nothing is lost when there is room.

Covers: server.http.readiness
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import select

from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.app import create_app
from server.db import reading, transaction, utc_now
from server.http.readiness import Readiness
from server.screens.models import Venue
from server.settings import Settings
from tests.factories import bearer, jpeg_bytes, make_person, make_player, make_screen, make_venue
from tests.rig.servers.disks import fill, small_disk
from tests.server.web.conftest import enter_as

VENUE = {"name": "Harbour Tower", "zone": "UTC"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "server", kilobytes=4096) as folder:
        yield folder


@pytest.fixture
def server(folder: Path, _sqlite_file: Path) -> Iterator[Flask]:
    shutil.copyfile(_sqlite_file, folder / "liftcast.sqlite3")
    app = create_app(Settings(data_dir=folder, secret_key="k" * 64))
    yield app
    app.extensions["liftcast"].engine.dispose()


def test_a_full_disk_is_named_and_what_can_be_read_is_still_served(server: Flask, folder: Path) -> None:
    client, engine = server.test_client(), server.extensions["liftcast"].engine
    with transaction(engine) as db:
        _row, secret = make_key(db, KeyForm(name="a feed", role=Role.OPERATOR), now=utc_now())
        player = make_player(db, screen=make_screen(db))
    key = {"Authorization": f"Bearer {secret}"}
    with fill(folder):
        many = [client.post("/api/v1/venues", json={**VENUE, "name": f"{n:0100}"}, headers=key) for n in range(40)]
        assert {answer.status_code for answer in many} <= {201, 507}
        assert many[-1].status_code == 507
        error = many[-1].get_json()["error"]
        assert (error["code"], bool(error["remedy"])) == ("disk_full", True)
        picture = client.post("/api/v1/player/picture", data=jpeg_bytes("now"), headers=bearer(player))
        assert (picture.status_code, picture.headers["Retry-After"]) == (507, "60")
        assert client.get("/api/v1/venues", headers=key).status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ["database" in ready.json["troubles"][0], "media folder" in ready.json["troubles"][1]] == [True, True]
    written = sum(answer.status_code == 201 for answer in many)
    assert client.post("/api/v1/venues", json=VENUE, headers=key).status_code == 201
    with reading(engine) as db:
        assert len(db.exec(select(Venue)).all()) == written + 2


def test_readiness_is_tried_once_in_some_seconds(server: Flask, folder: Path) -> None:
    clock = iter([0.0, 0.0, 4.9, 5.0, 5.0])
    readiness, services = Readiness(lambda: next(clock)), server.extensions["liftcast"]
    assert readiness.troubles(services.engine, services.store) == []
    with fill(folder):
        assert readiness.troubles(services.engine, services.store) == []
        assert len(readiness.troubles(services.engine, services.store)) == 2


def test_the_overview_warns_of_a_disk_that_is_nearly_full(server: Flask, folder: Path) -> None:
    with transaction(server.extensions["liftcast"].engine) as db:
        viewer = make_person(db, role=Role.VIEWER)
        make_venue(db)
    client = enter_as(server, viewer)
    assert "The server's disk" not in client.get("/console/").text
    with fill(folder):
        page = client.get("/console/").text
    assert "Only 0 % of it is free" in page
    assert "larger disk" in page
    assert "All is well" not in page
