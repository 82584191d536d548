from __future__ import annotations

import http.client
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.test import TestResponse

from media import daytable
from media.store import MediaStore
from server.accounts.access import Access
from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import Person, Role
from server.accounts.people import end_access
from server.accounts.sessions import end_session
from server.campaigns.advertisers import archive_advertiser
from server.creatives.archive import archive_creative
from server.creatives.links import link_key
from server.creatives.models import Creative, Rendition
from server.creatives.probe import child_process
from server.creatives.uploads.tickets import issue_ticket
from server.db import Job, reading, transaction, utc_now
from server.files import uploads
from server.files.app import create_media_app
from server.files.gunicorn_server import THREADS
from server.files.upload_places import OF_ONE_PERSON
from server.runtime.processes import GRACE_S
from server.screens.venues import retire_venue
from server.settings import Settings
from server.timelines.off_air import find_unnamed, take_off_air
from tests.conftest import NOON
from tests.factories import (
    jpeg_bytes,
    make_access,
    make_advertiser,
    make_creative,
    make_person,
    make_player,
    make_screen,
    make_venue,
)
from tests.rig.access_endings import ENDINGS
from tests.rig.files.documents import pdf
from tests.rig.files.samples import sample
from tests.rig.phones.half_sent import begun, half_sent, send_half, unread
from tests.rig.servers.disks import small_disk
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, eventually
from tests.server.creatives.probe.test_probe import BAD
from tests.server.web.conftest import ticket_for

MEGABYTE = 1 << 20
HUGE = 64 << 20  # more than a connection holds that nobody reads
SERVE = """
from server.settings import read_settings
from server.files.gunicorn_server import run_media
run_media(read_settings())
"""


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


def get(client: FlaskClient, digest: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/media/{digest}", headers=named, buffered=True)


def nothing_is_left(engine: Engine, settings: Settings) -> bool:
    with reading(engine) as db:
        rows = [*db.exec(select(Creative)), *db.exec(select(Job))]
    files = [*settings.work_dir.iterdir(), *MediaStore(settings.media_dir).digests()]
    return not rows and not files


# --- uploads


@pytest.mark.parametrize("written", [quote("早餐 “高峰”.jpg"), "早餐 “高峰”.jpg".encode().decode("latin-1")])
def test_a_files_name_is_percent_encoded_or_plain_utf_8(client: FlaskClient, settings: Settings, written: str) -> None:
    ticket, body = ticket_for(settings), sample("rotated.jpg").read_bytes()
    answer = client.put(f"/uploads/{ticket}", data=body, headers={"X-File-Name": written})
    assert answer.json["title"] == "早餐 “高峰”"


def test_an_upload_answers_with_its_creative(client: FlaskClient, settings: Settings, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db)
    answer = put(client, settings, "film.mp4", venue_id=venue.id, name="春天 的 film.mp4")
    assert answer.status_code == 201
    with reading(engine) as db:
        creative, uploader = db.exec(select(Creative)).one(), db.exec(select(Person)).one()
    answered = {"creative": creative.id, "kind": "video", "state": "processing", "title": "春天 的 film"}
    assert answer.get_json() == answered | {"creatives": [creative.id]}
    assert (creative.venue_id, creative.created_by) == (venue.id, uploader.id)
    assert list(settings.work_dir.iterdir()) == []


@pytest.mark.parametrize("kind", ["picture", "document"])
def test_a_file_that_cannot_be_read_soon_is_to_be_sent_again(
    client: FlaskClient, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Another process reads one at the moment. Pictures do not wait for PDFs, nor PDFs for pictures."""
    monkeypatch.setattr(child_process, "TURN_WITHIN_S", 0)
    picture, document = (settings.media_dir, sample("deep.png").read_bytes()), (settings.work_dir, pdf(1))
    busy, body = picture if kind == "picture" else document
    with child_process.one_at_a_time(busy):
        answer = put(client, settings, "rotated.jpg", body=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json["error"]["code"] == "server_busy"
    assert "again" in answer.json["error"]["remedy"]
    assert nothing_is_left(engine, settings)


def test_the_type_is_told_by_content_not_by_name(client: FlaskClient, settings: Settings) -> None:
    assert put(client, settings, "rotated.jpg", name="film.mp4").get_json()["kind"] == "image"


@pytest.mark.parametrize("name", ["empty.mp4", "text.mp4", "cut.mp4", "bomb.png", "unknown_codec.mp4"])
def test_a_bad_file_is_refused_and_nothing_is_left(
    client: FlaskClient, settings: Settings, engine: Engine, name: str
) -> None:
    answer = put(client, settings, name)
    assert answer.status_code == 422
    error = answer.get_json()["error"]
    assert error["code"] == BAD[name]
    assert error["message"]
    assert error["remedy"]
    assert nothing_is_left(engine, settings)


def test_a_body_over_the_limit_is_refused_and_nothing_is_left(
    client: FlaskClient, settings: Settings, engine: Engine
) -> None:
    answer = put(client, settings, "film.mp4", body=bytes(MEGABYTE + 1))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "too_large")
    assert nothing_is_left(engine, settings)


def test_a_full_disk_is_told_and_nothing_is_left(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    with small_disk(tmp_path / "work", kilobytes=64):
        app = create_media_app(settings)
        answer = put(app.test_client(), settings, "film.mp4")
        app.extensions["liftcast"].engine.dispose()
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (507, "disk_full")
        assert answer.headers["Retry-After"] == "60"
        assert nothing_is_left(engine, settings)


def test_an_expired_ticket_opens_nothing(client: FlaskClient, settings: Settings, now: datetime) -> None:
    with time_machine.travel(now - timedelta(hours=2)):
        ticket = ticket_for(settings)
    with time_machine.travel(now):
        answer = client.put(f"/uploads/{ticket}", data=b"x")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "ticket_expired")


def refused(client: FlaskClient, ticket: str) -> str:
    answer = client.put(f"/uploads/{ticket}", data=sample("film.mp4").read_bytes())
    assert answer.status_code in (403, 409)
    return str(answer.get_json()["error"]["code"])


@pytest.mark.parametrize("ending", [*ENDINGS, "signed out"])
def test_a_ticket_dies_with_what_its_holder_was_let_in_by(
    client: FlaskClient, settings: Settings, engine: Engine, ending: str
) -> None:
    with transaction(engine) as db:
        person = make_person(db, role=Role.OPERATOR)
        access = make_access(db, person)
    ticket = issue_ticket(settings, access=access)
    with transaction(engine) as db:
        end = ENDINGS.get(ending, lambda db, person: end_session(db, access.session or "", person_id=person.id))
        end(db, db.get_one(Person, person.id))
    assert refused(client, ticket) == "uploader_shut_out"
    assert nothing_is_left(engine, settings)


def test_a_ticket_dies_while_its_body_is_on_the_way(
    client: FlaskClient, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as db:
        access = make_access(db)

    def receive_slowly(draft: Path, *, most_bytes: int) -> None:
        draft.write_bytes(sample("film.mp4").read_bytes())
        with transaction(engine) as db:
            end_access(db, access.who)

    monkeypatch.setattr(uploads, "receive", receive_slowly)
    assert refused(client, issue_ticket(settings, access=access)) == "uploader_shut_out"
    assert nothing_is_left(engine, settings)


def test_a_ticket_of_a_revoked_key_opens_nothing(client: FlaskClient, settings: Settings, engine: Engine) -> None:
    with transaction(engine) as db:
        key, _secret = make_key(db, KeyForm(name="A feed", role=Role.OPERATOR), now=utc_now())
        db.flush()
        revoke_key(db, key.id, now=utc_now())
    assert refused(client, issue_ticket(settings, access=Access(who=key.id))) == "uploader_shut_out"


def test_nothing_is_uploaded_for_what_was_archived_meanwhile(
    client: FlaskClient, settings: Settings, engine: Engine
) -> None:
    with transaction(engine) as db:
        advertiser, venue = make_advertiser(db), make_venue(db)
    tickets = [ticket_for(settings, advertiser_id=advertiser.id), ticket_for(settings, venue_id=venue.id)]
    with transaction(engine) as db:
        archive_advertiser(db, advertiser.id, now=utc_now())
        retire_venue(db, venue.id, now=utc_now())
    assert [refused(client, ticket) for ticket in tickets] == ["advertiser_archived", "venue_retired"]
    assert nothing_is_left(engine, settings)


def test_a_forged_ticket_opens_nothing(client: FlaskClient, settings: Settings) -> None:
    assert refused(client, ticket_for(settings.model_copy(update={"secret_key": "x" * 64}))) == "ticket_refused"


def test_who_fetches_media_by_https_is_told_to_stay_with_it(client: FlaskClient) -> None:
    answer = client.get("/media/nothing", base_url="https://media.example.org")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_only_the_consoles_page_may_upload_from_a_browser(client: FlaskClient) -> None:
    asked = client.options("/uploads/any", headers={"Origin": "https://console.example.org"})
    assert asked.headers["Access-Control-Allow-Origin"] == "https://console.example.org"
    assert "X-File-Name" in asked.headers["Access-Control-Allow-Headers"]
    assert "PUT" in asked.headers["Access-Control-Allow-Methods"]


# --- files


@pytest.fixture
def held(engine: Engine, store: MediaStore) -> str:
    """The digest of a screen's film."""
    with transaction(engine) as db:
        make_creative(db, store, kind="video")
    return next(digest for digest in store.digests() if store.path(digest).read_bytes()[4:8] == b"ftyp")


def test_media_is_for_everyone_and_for_ever(client: FlaskClient, store: MediaStore, held: str) -> None:
    answer = get(client, held)
    assert answer.status_code == 200
    assert answer.data == store.path(held).read_bytes()
    assert answer.mimetype == "video/mp4"
    assert answer.headers["ETag"] == f'"{held}"'
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(("asked", "part"), [("bytes=0-99", slice(0, 100)), ("bytes=50-", slice(50, None))])
def test_a_download_can_be_resumed(client: FlaskClient, store: MediaStore, held: str, asked: str, part: slice) -> None:
    answer = get(client, held, Range=asked, If_Range=f'"{held}"')
    assert answer.status_code == 206
    assert answer.data == store.path(held).read_bytes()[part]
    assert answer.headers["Content-Range"].startswith(f"bytes {part.start}-")


def test_a_range_beyond_the_end_is_refused(client: FlaskClient, held: str) -> None:
    assert get(client, held, Range="bytes=99999999-").status_code == 416


def test_what_is_held_already_is_not_sent_again(client: FlaskClient, held: str) -> None:
    answer = get(client, held, If_None_Match=f'"{held}"')
    assert (answer.status_code, answer.data) == (304, b"")


def test_the_size_can_be_asked_for_alone(client: FlaskClient, store: MediaStore, held: str) -> None:
    answer = client.head(f"/media/{held}", buffered=True)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_length == store.path(held).stat().st_size


def test_day_tables_are_served_as_such(client: FlaskClient, store: MediaStore) -> None:
    digest = store.put([daytable.DayTable(("item",), [1, 1], [True, False]).encoded])
    assert get(client, digest).mimetype == daytable.MIME


@pytest.mark.parametrize("name", ["film.mp4", "rotated.jpg", "deep.png"])
def test_an_original_is_not_given_out(client: FlaskClient, settings: Settings, store: MediaStore, name: str) -> None:
    assert put(client, settings, name).status_code == 201
    (digest,) = store.digests()
    assert get(client, digest).status_code == 404
    assert get(client, digest, If_None_Match=f'"{digest}"').status_code == 404


def test_what_a_screen_shows_is_for_the_console_alone(
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
    client: FlaskClient, settings: Settings, engine: Engine, held: str, now: datetime
) -> None:
    with transaction(engine) as db:
        creative = db.exec(select(Creative)).one()
        archive_creative(db, creative.id, now=now)
    assert get(client, held).status_code == 200
    with transaction(engine) as db:
        take_off_air(db, find_unnamed(db, now=now), now=now)
    assert get(client, held).status_code == 404
    assert get_signed(client, settings, held).status_code == 200


def test_a_link_opens_one_file_for_a_day_or_two(client: FlaskClient, settings: Settings, store: MediaStore) -> None:
    mine, other = store.put([jpeg_bytes("mine")]), store.put([jpeg_bytes("other")])
    key = link_key(settings, mine, now=NOON)
    for at, status in ((NOON, 200), (NOON + timedelta(hours=35), 200), (NOON + timedelta(hours=37), 404)):
        with time_machine.travel(at, tick=False):
            assert client.get(f"/media/{mine}?key={key}", buffered=True).status_code == status
    with time_machine.travel(NOON):
        forged = (f"/media/{other}?key={key}", f"/media/{mine}?key={key[:-1]}", f"/media/{mine}?key=9999999999.x")
        assert [client.get(path, buffered=True).status_code for path in forged] == [404] * 3


def test_a_proxy_asks_every_minute_whether_a_file_is_still_public(client: FlaskClient, held: str) -> None:
    assert get(client, held).headers["X-Accel-Expires"] == "60"


@pytest.mark.parametrize(("mime", "disposition"), [("image/jpeg", "inline"), ("text/html", "attachment")])
def test_a_file_opens_in_a_sandbox_and_only_if_it_is_of_a_safe_type(
    client: FlaskClient, engine: Engine, held: str, mime: str, disposition: str
) -> None:
    with transaction(engine) as db:
        for row in db.exec(select(Rendition).where(Rendition.digest == held)):
            row.mime = mime
    answer = get(client, held)
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == disposition


def get_signed(client: FlaskClient, settings: Settings, digest: str) -> TestResponse:
    return client.get(f"/media/{digest}?key={link_key(settings, digest, now=utc_now())}", buffered=True)


@pytest.mark.parametrize("digest", ["0" * 64, "nonsense", "..%2f..%2fsecret_key"])
def test_what_is_not_there_is_told_as_json(client: FlaskClient, digest: str) -> None:
    answer = get(client, digest, Accept="text/html")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"]


def test_another_method_is_refused_as_json(client: FlaskClient) -> None:
    answer = client.delete("/media/" + "0" * 64)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")


# --- the real process


@pytest.fixture
def serving(settings: Settings, tmp_path: Path) -> Iterator[tuple[Process, str]]:
    env = {
        "LIFTCAST_DATA_DIR": str(settings.data_dir),
        "LIFTCAST_DATABASE_URL": settings.database_url,
        "LIFTCAST_SECRET_KEY": settings.secret_key,
        "LIFTCAST_UPLOAD_LIMIT_MB": "1",
        "LIFTCAST_MEDIA_PORT": "0",
    }
    with Process("media", [sys.executable, "-c", SERVE], folder=tmp_path / "logs", env=env) as process:
        yield process, process.wait_for(r"listening on (http://\S+)", within_s=60)[1]


def test_the_process_streams_cuts_and_stops(
    serving: tuple[Process, str], settings: Settings, engine: Engine, store: MediaStore, held: str
) -> None:
    process, url = serving
    with requests.get(f"{url}/media/{held}", headers={"Range": "bytes=0-9"}, timeout=10) as part:
        assert (part.status_code, len(part.content)) == (206, 10)
    before = sorted(store.digests())
    ticket = ticket_for(settings)
    assert _endless_upload(url, ticket) == 413
    assert list(settings.work_dir.iterdir()) == []
    assert sorted(store.digests()) == before
    sample("film.mp4")  # made once, before four ask for it
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(_upload, [url] * 4, [ticket] * 4)) == [201] * 4
    process.kill(signal.SIGTERM)
    assert process.popen.wait(GRACE_S) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_half_an_upload_is_refused_in_one_line_and_nothing_is_left(
    serving: tuple[Process, str], settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    process, url = serving
    sound = sample("tone.mp3").read_bytes()  # whole by itself, but not all that was promised
    ticket, media_port, port = ticket_for(settings), urlsplit(url).port or 0, free_port()
    nginx = start_nginx(tmp_path / "nginx", port=port, web_port=free_port(), media_port=media_port)
    try:
        for chunked in (False, True):
            assert send_half(f"{url}/uploads/{ticket}", sound, chunked=chunked).startswith(b"HTTP/1.1 400 ")
            for address in (url, f"http://127.0.0.1:{port}"):
                with half_sent(f"{address}/uploads/{ticket}", sound, chunked=chunked):
                    eventually(lambda: any(settings.work_dir.iterdir()), within_s=20, what="the upload to begin")
                eventually(lambda: not any(settings.work_dir.iterdir()), within_s=20, what="the draft to go")
        eventually(lambda: process.output().count("body cut off") == 6, within_s=20, what="all six to be noticed")
    finally:
        nginx.stop()
    assert [line for line in process.output().splitlines() if "body cut off" not in line] == [f"listening on {url}"]
    assert nothing_is_left(engine, settings)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nginx_keeps_a_file_once_whatever_follows_its_address(
    serving: tuple[Process, str], settings: Settings, held: str, tmp_path: Path
) -> None:
    """Its cache holds the files of all screens: nobody may push them out with many copies of one."""
    _process, url = serving
    port, media_port = free_port(), urlsplit(url).port or 0
    nginx = start_nginx(tmp_path / "nginx", port=port, web_port=free_port(), media_port=media_port)
    try:
        for more in ("", "?copy=1", "?copy=2", f"?key={link_key(settings, held, now=utc_now())}"):
            assert requests.get(f"http://127.0.0.1:{port}/media/{held}{more}", timeout=10).status_code == 200
    finally:
        nginx.stop()
    assert len([path for path in (tmp_path / "nginx" / "cache").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_clients_that_stop_half_way_keep_nobody_out(
    serving: tuple[Process, str], settings: Settings, store: MediaStore, held: str, tmp_path: Path
) -> None:
    _process, url = serving
    os.truncate(store.path(held), HUGE)
    ticket, other = (ticket_for(settings) for _person in range(2))
    port, media_port = free_port(), urlsplit(url).port or 0
    with ExitStack() as stack:
        nginx = start_nginx(tmp_path / "nginx", port=port, web_port=free_port(), media_port=media_port)
        stack.callback(nginx.stop)
        for _ in range(2 * THREADS + 10):
            stack.enter_context(unread(f"{url}/media/{held}"))
        for address in (url, f"http://127.0.0.1:{port}"):
            for _ in range(2 * THREADS + 10):
                stack.enter_context(begun(address))
            for _ in range(40):
                stack.enter_context(half_sent(f"{address}/uploads/{ticket}", b"half"))
            eventually(lambda: len([*settings.work_dir.iterdir()]) >= OF_ONE_PERSON, within_s=20, what="uploads")
            with requests.get(f"{address}/media/{held}", headers={"Range": "bytes=-10"}, timeout=10) as fetched:
                assert (fetched.status_code, fetched.content) == (206, bytes(10))
            assert _upload(address, other) == 201
        for address in (url, f"http://127.0.0.1:{port}"):  # a client that still sends sees the answer all the same
            with small_disk(settings.work_dir, kilobytes=64):
                assert _upload(address, other) == 507
    _heads_are_read_in_parts_and_bounded(url, held)


def _heads_are_read_in_parts_and_bounded(url: str, held: str) -> None:
    with begun(url) as connection:
        connection.sendall(b"x" * 40_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")
    with begun(url) as connection:
        for part in (b" h\r\n\r", f"\nGET /media/{held} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode()):
            connection.sendall(part)
        answers = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 200 OK" in answers


def _upload(url: str, ticket: str) -> int:
    body = sample("film.mp4").read_bytes()
    with requests.put(f"{url}/uploads/{ticket}", data=body, timeout=60) as answer:
        return answer.status_code


def _endless_upload(url: str, ticket: str) -> int:
    """A body without a length that goes on well past the limit."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        chunks = (bytes(64 << 10) for _ in range(4 * 16))
        connection.request("PUT", f"/uploads/{ticket}", body=chunks, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()
