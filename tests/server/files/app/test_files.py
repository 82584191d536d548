"""Files of the store: who may fetch them, in which parts, and for how long they are cached.

Covers: server.files.app
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.test import TestResponse

from media import daytable
from media.store import MediaStore
from server.creatives.archive import archive_creative
from server.creatives.links import link_key
from server.creatives.models import Creative, Rendition, RenditionRole
from server.db import transaction, utc_now
from server.settings import Settings
from server.timelines.off_air import find_unnamed, take_off_air
from tests.conftest import NOON
from tests.factories import jpeg_bytes, make_player, make_screen
from tests.rig.files.game_zips import GOOD, packed
from tests.server.files.app.conftest import put


def get(client: FlaskClient, digest: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/media/{digest}", headers=named, buffered=True)


def test_a_client_that_uses_https_must_stay_with_it(client: FlaskClient) -> None:
    answer = client.get("/media/nothing", base_url="https://media.example.org")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_media_is_for_everyone_and_for_ever(client: FlaskClient, store: MediaStore, film: str) -> None:
    answer = get(client, film)
    assert answer.status_code == 200
    assert answer.data == store.path(film).read_bytes()
    assert answer.mimetype == "video/mp4"
    assert answer.headers["ETag"] == f'"{film}"'
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(("requested", "part"), [("bytes=0-99", slice(0, 100)), ("bytes=50-", slice(50, None))])
def test_a_download_can_be_resumed(
    client: FlaskClient, store: MediaStore, film: str, requested: str, part: slice
) -> None:
    answer = get(client, film, Range=requested, If_Range=f'"{film}"')
    assert answer.status_code == 206
    assert answer.data == store.path(film).read_bytes()[part]
    assert answer.headers["Content-Range"].startswith(f"bytes {part.start}-")


def test_a_range_beyond_the_end_is_refused(client: FlaskClient, film: str) -> None:
    assert get(client, film, Range="bytes=99999999-").status_code == 416


def test_a_file_that_the_client_holds_is_not_sent_again(client: FlaskClient, film: str) -> None:
    answer = get(client, film, If_None_Match=f'"{film}"')
    assert (answer.status_code, answer.data) == (304, b"")


def test_the_size_can_be_requested_alone(client: FlaskClient, store: MediaStore, film: str) -> None:
    answer = client.head(f"/media/{film}", buffered=True)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_length == store.path(film).stat().st_size


def test_day_tables_are_served_as_such(client: FlaskClient, store: MediaStore) -> None:
    digest = store.put([daytable.DayTable(("item",), [1, 1], [True, False]).encoded])
    assert get(client, digest).mimetype == daytable.MIME


@pytest.mark.parametrize("name", ["film.mp4", "rotated.jpg", "deep.png"])
def test_an_original_is_not_given_out(client: FlaskClient, settings: Settings, store: MediaStore, name: str) -> None:
    assert put(client, settings, name).status_code == 201
    (digest,) = store.digests()
    assert get(client, digest).status_code == 404
    assert get(client, digest, If_None_Match=f'"{digest}"').status_code == 404


def test_a_screens_picture_is_for_the_console_alone(
    client: FlaskClient, settings: Settings, engine: Engine, store: MediaStore
) -> None:
    digest = store.put([jpeg_bytes("a lobby")])
    with transaction(engine) as db:
        make_player(db, screen=make_screen(db), picture_digest=digest)
    assert get(client, digest).status_code == 404
    answer = get_signed(client, settings, digest)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["X-Accel-Expires"] == "0"


def test_an_archived_creative_is_public_until_no_timeline_names_it(
    client: FlaskClient, settings: Settings, engine: Engine, film: str, now: datetime
) -> None:
    with transaction(engine) as db:
        creative = db.exec(select(Creative)).one()
        archive_creative(db, creative.id, now=now)
    assert get(client, film).status_code == 200
    with transaction(engine) as db:
        take_off_air(db, find_unnamed(db, now=now), now=now)
    assert get(client, film).status_code == 404
    assert get_signed(client, settings, film).status_code == 200


def test_a_link_opens_one_file_for_a_day_or_two(client: FlaskClient, settings: Settings, store: MediaStore) -> None:
    mine, other = store.put([jpeg_bytes("mine")]), store.put([jpeg_bytes("other")])
    key = link_key(settings, mine, now=NOON)
    for at, status in ((NOON, 200), (NOON + timedelta(hours=35), 200), (NOON + timedelta(hours=37), 404)):
        with time_machine.travel(at, tick=False):
            assert client.get(f"/media/{mine}?key={key}", buffered=True).status_code == status
    with time_machine.travel(NOON):
        forged = (f"/media/{other}?key={key}", f"/media/{mine}?key={key[:-1]}", f"/media/{mine}?key=9999999999.x")
        assert [client.get(path, buffered=True).status_code for path in forged] == [404] * 3


def test_a_proxy_checks_every_minute_whether_a_file_is_still_public(client: FlaskClient, film: str) -> None:
    assert get(client, film).headers["X-Accel-Expires"] == "60"


@pytest.mark.parametrize(("mime", "disposition"), [("image/jpeg", "inline"), ("text/html", "attachment")])
def test_a_file_opens_in_a_sandbox_and_only_if_it_is_of_a_safe_type(
    client: FlaskClient, engine: Engine, film: str, mime: str, disposition: str
) -> None:
    with transaction(engine) as db:
        for row in db.exec(select(Rendition).where(Rendition.digest == film)):
            row.mime = mime
    answer = get(client, film)
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == disposition


def get_signed(client: FlaskClient, settings: Settings, digest: str) -> TestResponse:
    return client.get(f"/media/{digest}?key={link_key(settings, digest, now=utc_now())}", buffered=True)


@pytest.mark.parametrize("digest", ["0" * 64, "nonsense", "..%2f..%2fsecret_key"])
def test_a_missing_file_is_reported_as_json(client: FlaskClient, digest: str) -> None:
    answer = get(client, digest, Accept="text/html")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"]


def test_another_method_is_refused_as_json(client: FlaskClient) -> None:
    answer = client.delete("/media/" + "0" * 64)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")


def test_the_files_of_a_game_are_served_from_its_package_in_a_sandbox(
    client: FlaskClient, engine: Engine, store: MediaStore, settings: Settings, film: str, tmp_path: Path
) -> None:
    digest = store.put_file(packed(tmp_path / "zip", GOOD))
    with transaction(engine) as db:
        creative = db.exec(select(Creative)).one()
        db.add(
            Rendition(
                creative_id=creative.id, role=RenditionRole.PACKAGE, digest=digest, mime="application/zip", bytes=1
            )
        )
    answer = get(client, f"{digest}/game.js")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, GOOD["game.js"], "text/javascript")
    assert f"script-src {settings.media_url}/media/{digest}/;" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Accel-Expires"] == "60"
    assert get(client, digest).headers["Content-Security-Policy"] == "sandbox"
    for path in (f"{digest}/other.js", f"{digest}/..%2f..%2fetc/passwd", f"{film}/index.html", f"{'0' * 64}/game.js"):
        assert get(client, path).status_code == 404
