"""An upload with its ticket: checked, stored, or refused without a trace.

Covers: server.files.app
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts.access import Access
from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import Person, Role
from server.accounts.people import end_access
from server.accounts.sessions import end_session
from server.campaigns.advertisers import archive_advertiser
from server.creatives.models import Creative
from server.creatives.probe import child_process
from server.creatives.uploads.tickets import issue_ticket
from server.db import reading, transaction, utc_now
from server.files import uploads
from server.files.app import create_media_app
from server.screens.venues import retire_venue
from server.settings import Settings
from tests.factories import make_access, make_advertiser, make_person, make_venue
from tests.rig.access_endings import ENDINGS
from tests.rig.files.documents import pdf
from tests.rig.files.samples import sample
from tests.rig.servers.disks import small_disk
from tests.server.creatives.probe.test_probe import BAD
from tests.server.files.app.conftest import nothing_is_left, put
from tests.server.web.conftest import ticket_for

MEGABYTE = 1 << 20


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


def test_the_content_decides_the_type_not_the_name(client: FlaskClient, settings: Settings) -> None:
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


def test_a_full_disk_is_reported_and_nothing_is_left(settings: Settings, engine: Engine, tmp_path: Path) -> None:
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


def test_only_the_consoles_page_may_upload_from_a_browser(client: FlaskClient) -> None:
    requested = client.options("/uploads/any", headers={"Origin": "https://console.example.org"})
    assert requested.headers["Access-Control-Allow-Origin"] == "https://console.example.org"
    assert "X-File-Name" in requested.headers["Access-Control-Allow-Headers"]
    assert "PUT" in requested.headers["Access-Control-Allow-Methods"]
