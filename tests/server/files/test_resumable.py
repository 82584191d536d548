"""Resumable uploads as a client sees them: begun, cut, gone on with, and finished once."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.test import TestResponse

from media.store import MediaStore
from server.accounts.access import Access
from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import Person, Role
from server.creatives.models import Creative
from server.creatives.probe import child_process
from server.creatives.uploads.partial import MOST_OPEN, About, TooManyUnfinished, begin_upload, opened_upload
from server.creatives.uploads.tickets import Ticket, read_ticket
from server.db import reading, transaction, utc_now
from server.files import resumable
from server.files.app import create_media_app
from server.files.upload_places import UploadPlaces
from server.jobs.sweep import remove_old_drafts
from server.settings import Settings
from tests.rig.files.documents import pdf_of
from tests.rig.files.samples import sample
from tests.server.web.conftest import rows, ticket_for
from tests.server.web.faults.test_bodies import CutBody

TUS = {"Tus-Resumable": "1.0.0"}
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it keeps no rows of what is tested


@pytest.fixture
def picture() -> bytes:
    return sample("rotated.jpg").read_bytes()


def begin(client: FlaskClient, ticket: str, length: int, name: str = "春天 的.jpg") -> TestResponse:
    named = f"filename {base64.b64encode(name.encode()).decode()},filetype aW1hZ2U="
    return client.post(f"/uploads/{ticket}", headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": named})


def begun(client: FlaskClient, settings: Settings, length: int, **ticket: Any) -> str:
    """The path of a new upload."""
    answer = begin(client, ticket_for(settings, **ticket), length)
    assert answer.status_code == 201
    assert answer.headers["Location"].startswith(f"{settings.media_url}/uploads/")
    return answer.headers["Location"].removeprefix(settings.media_url)


def send(client: FlaskClient, path: str, offset: int, body: bytes, **more: Any) -> TestResponse:
    headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(path, data=body, headers=headers, **more)


def send_cut(client: FlaskClient, path: str, offset: int, body: bytes) -> TestResponse:
    promised = {"wsgi.input": CutBody(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(body) + 9)}
    return send(client, path, offset, b"", environ_overrides=promised)


def creatives(engine: Engine) -> list[Creative]:
    with reading(engine) as db:
        return list(db.exec(select(Creative)))


def test_an_upload_arrives_in_parts_and_becomes_one_creative(
    client: FlaskClient, settings: Settings, engine: Engine, picture: bytes
) -> None:
    path, half = begun(client, settings, len(picture)), len(picture) // 2
    first = send(client, path, 0, picture[:half])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(half))
    last = send(client, path, half, picture[half:])
    [creative] = creatives(engine)
    assert (last.status_code, last.headers[resumable.MADE]) == (204, creative.id)
    assert (creative.title, creative.kind) == ("春天 的", "image")
    assert creative.created_by in {person.id for person in rows(engine, Person)}


def test_bytes_received_before_a_cut_are_kept_over_a_restart(
    client: FlaskClient, settings: Settings, engine: Engine, picture: bytes
) -> None:
    path = begun(client, settings, len(picture))
    assert send_cut(client, path, 0, picture[:100]).status_code == 400
    restarted = create_media_app(settings)
    again = restarted.test_client()
    answer = again.head(path, headers=TUS)
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == (
        200,
        "100",
        str(len(picture)),
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert send(again, path, 100, picture[100:]).status_code == 204
    assert len(creatives(engine)) == 1
    restarted.extensions["liftcast"].engine.dispose()


def test_a_client_that_lost_the_last_answer_can_request_it_again(
    client: FlaskClient, settings: Settings, engine: Engine, picture: bytes
) -> None:
    path = begun(client, settings, len(picture))
    made = send(client, path, 0, picture).headers[resumable.MADE]
    for _ in range(2):
        answer = client.head(path, headers=TUS)
        assert (answer.headers["Upload-Offset"], answer.headers[resumable.MADE]) == (str(len(picture)), made)
    assert len(creatives(engine)) == 1


def test_an_upload_that_was_whole_when_the_server_stopped_is_accepted_at_the_next_request(
    client: FlaskClient, settings: Settings, engine: Engine, picture: bytes
) -> None:
    path = begun(client, settings, len(picture))
    [folder] = settings.uploads_dir.iterdir()
    (folder / "data").write_bytes(picture)
    assert client.head(path, headers=TUS).headers[resumable.MADE] == creatives(engine)[0].id


@pytest.mark.parametrize("pages", [0, 1, 3])
def test_a_process_killed_after_it_wrote_the_creatives_makes_no_second_ones(
    client: FlaskClient, settings: Settings, engine: Engine, picture: bytes, pages: int
) -> None:
    file = pdf_of(pages=pages) if pages else picture
    path = begun(client, settings, len(file))
    made = send(client, path, 0, file).headers[resumable.MADE]
    [folder] = settings.uploads_dir.iterdir()
    (folder / "made.json").unlink()
    (folder / "data").write_bytes(file)
    assert client.head(path, headers=TUS).headers[resumable.MADE] == made
    assert [creative.id for creative in creatives(engine)] == made.split(",")
    assert not (folder / "data").exists()


def test_a_file_that_cannot_be_read_just_now_is_not_lost(
    client: FlaskClient, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "TURN_WITHIN_S", 0)
    deep = sample("deep.png").read_bytes()
    path = begun(client, settings, len(deep))
    with child_process.one_at_a_time(settings.media_dir):
        assert send(client, path, 0, deep).status_code == 503
        assert client.head(path, headers=TUS).status_code == 423  # a client that hears 503 would begin anew
    assert client.head(path, headers=TUS).status_code == 200
    assert len(creatives(engine)) == 1


@pytest.mark.parametrize("offset", [0, 11])
@one_database
def test_bytes_for_another_place_are_refused(client: FlaskClient, settings: Settings, offset: int) -> None:
    path = begun(client, settings, 100)
    send(client, path, 0, bytes(10))
    assert send(client, path, offset, bytes(10)).status_code == 409
    assert client.head(path, headers=TUS).headers["Upload-Offset"] == "10"


@one_database
def test_a_whole_upload_is_accepted_when_there_is_a_place_for_it(
    app: Flask, client: FlaskClient, settings: Settings, picture: bytes
) -> None:
    path = begun(client, settings, len(picture))
    [folder] = settings.uploads_dir.iterdir()
    (folder / "data").write_bytes(picture)
    app.extensions["upload_places"] = UploadPlaces(most=0)
    assert client.head(path, headers=TUS).status_code == 423
    app.extensions["upload_places"] = UploadPlaces(most=1)
    assert resumable.MADE in client.head(path, headers=TUS).headers


@one_database
def test_an_upload_that_is_removed_while_it_is_opened_is_unknown(
    client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begun(client, settings, 100)
    monkeypatch.setattr(
        "server.creatives.uploads.partial.fcntl.flock", lambda *_: remove_old_drafts(settings, older_than_s=-1)
    )
    assert client.head(path, headers=TUS).status_code == 404


def test_more_than_was_announced_is_refused(client: FlaskClient, settings: Settings, engine: Engine) -> None:
    path = begun(client, settings, 100)
    answer = send(client, path, 0, bytes(101))
    assert answer.status_code == 413
    assert "100 bytes" in answer.get_json()["error"]["message"]
    assert creatives(engine) == []


@one_database
def test_two_requests_do_not_write_to_one_upload_at_once(client: FlaskClient, settings: Settings) -> None:
    path = begun(client, settings, 100)
    _, _, ticket, id_ = path.split("/")
    with opened_upload(settings.uploads_dir, id_, read_ticket(settings, ticket)):
        assert send(client, path, 0, bytes(10)).status_code == 423
        assert client.head(path, headers=TUS).status_code == 423
    assert send(client, path, 0, bytes(10)).status_code == 204


def test_a_file_that_is_refused_says_why_and_leaves_nothing(
    client: FlaskClient, settings: Settings, engine: Engine, store: MediaStore
) -> None:
    path = begun(client, settings, 6)
    answer = send(client, path, 0, b"no pic")
    assert (answer.status_code, bool(answer.get_json()["error"]["remedy"])) == (422, True)
    assert client.head(path, headers=TUS).status_code == 404
    assert [*settings.uploads_dir.iterdir(), *store.digests()] == []
    assert creatives(engine) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "1"}, 412),
        ({**TUS}, 400),
        ({**TUS, "Upload-Length": "-1"}, 400),
        ({**TUS, "Upload-Length": "9" * 40}, 400),
        ({**TUS, "Upload-Length": "0"}, 422),
        ({**TUS, "Upload-Length": str(3000 << 20)}, 413),
    ],
)
@one_database
def test_an_upload_that_cannot_be_begun_is_refused(
    client: FlaskClient, settings: Settings, headers: dict[str, str], status: int
) -> None:
    answer = client.post(f"/uploads/{ticket_for(settings)}", headers=headers)
    assert answer.status_code == status
    assert answer.get_json()["error"]["remedy"]


def test_an_upload_goes_on_for_a_day_and_only_with_its_own_ticket(client: FlaskClient, settings: Settings) -> None:
    now = utc_now()
    with time_machine.travel(now - timedelta(hours=23)):
        path = begun(client, settings, 100)
    assert client.head(path, headers=TUS).status_code == 200
    other = ticket_for(settings)
    assert client.head(f"/uploads/{other}/{path.split('/')[-1]}", headers=TUS).status_code == 404
    assert client.head(f"/uploads/{path.split('/')[2]}/..", headers=TUS).status_code in (404, 405)
    with time_machine.travel(now + timedelta(hours=2)):
        assert client.head(path, headers=TUS).status_code == 403


def test_an_upload_ends_with_the_right_of_the_person_who_began_it(
    client: FlaskClient, settings: Settings, engine: Engine
) -> None:
    with transaction(engine) as db:
        key, _secret = make_key(db, KeyForm(name="A feed", role=Role.OPERATOR), now=utc_now())
    path = begun(client, settings, 100, access=Access(who=key.id))
    with transaction(engine) as db:
        revoke_key(db, key.id, now=utc_now())
    assert send(client, path, 0, bytes(10)).status_code == 403


@one_database
def test_nobody_begins_uploads_without_end(client: FlaskClient, settings: Settings) -> None:
    ticket = ticket_for(settings)
    statuses = [begin(client, ticket, 100).status_code for _ in range(MOST_OPEN + 1)]
    assert statuses == [201] * MOST_OPEN + [429]
    assert begin(client, ticket_for(settings), 100).status_code == 201


def test_nobody_begins_more_uploads_by_beginning_many_at_once(tmp_path: Path) -> None:
    about = About(ticket=Ticket(access=Access(who="anna")), length=1, name="a.mp4")

    def begin_one(_: int) -> bool:
        with suppress(TooManyUnfinished):
            return begin_upload(tmp_path, about).data.exists()
        return False

    with ThreadPoolExecutor(2 * MOST_OPEN) as pool:
        begun = list(pool.map(begin_one, range(2 * MOST_OPEN)))
    assert sum(begun) == MOST_OPEN


@one_database
def test_an_upload_that_would_not_fit_the_disk_is_refused_before_it_is_sent(
    client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.creatives.uploads.partial.RESERVED_BYTES", 1 << 60)
    assert begin(client, ticket_for(settings), 100).status_code == 507


@one_database
def test_an_abandoned_upload_is_removed(client: FlaskClient, settings: Settings) -> None:
    path = begun(client, settings, 100)
    assert remove_old_drafts(settings) == []
    assert remove_old_drafts(settings, older_than_s=-1) == [path.split("/")[-1]]
    assert client.head(path, headers=TUS).status_code == 404


@one_database
def test_a_browser_on_the_consoles_page_may_resume(client: FlaskClient, settings: Settings) -> None:
    answer = client.options("/uploads/any/upload", headers={"Origin": settings.public_url})
    assert {"HEAD", "PATCH"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert {"Tus-Resumable", "Upload-Offset"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"Location", "Upload-Offset", "Upload-Length", resumable.MADE} <= exposed
