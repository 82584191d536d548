"""Where a person is signed in, on the pages: each device is listed, signed out by itself, or with all others."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts import passwords
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import AuditEntry, Person, PersonSession, Role
from server.accounts.people import end_access
from server.accounts.sessions import SEEN_EVERY
from server.context import Services
from server.db import transaction, utc_now
from tests.factories import make_merchant, make_person
from tests.server.web.conftest import enter_as, rows
from tests.server.web.identity.conftest import PASSWORD, csrf, post

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36"


@pytest.fixture
def person(engine: Engine) -> Person:
    with transaction(engine) as db:
        return make_person(db, email="owner@example.org", password_hash=passwords.hash_password(PASSWORD))


def signed_in(app: Flask, person: Person, *, user_agent: str = CHROME) -> FlaskClient:
    """A browser that signed in with the password."""
    client = app.test_client()
    form = {"csrf_token": csrf(client), "email": person.email, "password": PASSWORD}
    assert client.post("/sign-in", data=form, headers={"User-Agent": user_agent}).location == "/"
    return client


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/sessions").status_code == 200


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("liftcast")
    assert cookie
    return cookie.value


def test_a_copied_cookie_is_good_for_nothing_after_sign_out(app: Flask, person: Person) -> None:
    client, thief = signed_in(app, person), app.test_client()
    thief.set_cookie("liftcast", cookie_of(client))
    assert is_signed_in(thief)
    post(client, "/sign-out", page="/console/")
    assert not is_signed_in(thief)


def test_signing_in_makes_a_new_session_and_ends_the_one_before(app: Flask, person: Person) -> None:
    client, earlier = signed_in(app, person), app.test_client()
    earlier.set_cookie("liftcast", cookie_of(client))
    before_sign_in = csrf(earlier, "/sessions")
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    assert is_signed_in(client)
    assert not is_signed_in(earlier)
    assert client.post("/sign-out", data={"csrf_token": before_sign_in}).status_code == 400


def test_a_form_of_one_session_is_stale_in_another(app: Flask, person: Person) -> None:
    here, elsewhere = signed_in(app, person), signed_in(app, person)
    assert here.post("/sessions/end", data={"csrf_token": csrf(elsewhere, "/sessions")}).status_code == 400
    assert is_signed_in(elsewhere)


def test_a_person_sees_their_devices_in_words(app: Flask, person: Person) -> None:
    signed_in(app, person, user_agent=CHROME)
    page = signed_in(app, person, user_agent="curl/8.11").get("/sessions").text
    assert "Chrome on Windows" in page
    assert page.count("this device") == 1
    assert "Unknown browser" in page
    assert "from 127.0.0.0/24" in page
    assert "not used for 14 days" in page


def test_one_device_is_signed_out_by_itself(app: Flask, person: Person) -> None:
    here, lost, other = (signed_in(app, person) for _ in range(3))
    ends = re.findall(r'action="(/sessions/\w+/end)"', here.get("/sessions").text)
    assert len(ends) == 2
    assert post(here, ends[-1], page="/sessions").location == "/sessions"  # the one seen last stands first
    assert [is_signed_in(client) for client in (here, lost, other)] == [True, False, True]
    assert post(here, ends[-1], page="/sessions").status_code == 404


def test_all_others_are_signed_out_at_once(app: Flask, person: Person, engine: Engine) -> None:
    here, first, second = (signed_in(app, person) for _ in range(3))
    earlier = app.test_client()
    earlier.set_cookie("liftcast", cookie_of(here))
    assert post(here, "/sessions/end", page="/sessions").location == "/sessions"
    page = here.get("/sessions").text
    assert "All other devices are signed out." in page
    assert "You are signed in nowhere else." in page
    assert [is_signed_in(client) for client in (first, second, earlier)] == [False] * 3
    assert "signed out everywhere" in {entry.action for entry in rows(engine, AuditEntry)}


def test_nobody_ends_the_session_of_somebody_else(app: Flask, person: Person, engine: Engine) -> None:
    victim = signed_in(app, person)
    with transaction(engine) as db:
        session_id = db.exec(select(PersonSession.id)).one()
        staff = make_person(db, role=Role.STAFF, merchant_id=make_merchant(db).id)
    thief = enter_as(app, staff)
    assert post(thief, f"/sessions/{session_id}/end", page="/sessions").status_code == 404
    assert is_signed_in(victim)


def test_an_owner_signs_a_person_out_everywhere(app: Flask, person: Person, engine: Engine) -> None:
    owner = signed_in(app, person)
    with transaction(engine) as db:
        other = make_person(db, role=Role.OPERATOR)
    theirs = [enter_as(app, other) for _ in range(2)]
    page = f"/console/people/{other.id}"
    assert post(owner, f"{page}/sessions/end", page=page).location == page
    assert "Signed in nowhere." in owner.get(page).text
    assert [is_signed_in(client) for client in (*theirs, owner)] == [False, False, True]


def test_an_owner_who_changes_their_own_address_stays_signed_in_here_alone(app: Flask, person: Person) -> None:
    here, elsewhere = signed_in(app, person), signed_in(app, person)
    form = {"name": "Owner", "email": "new@example.org", "role": "owner"}
    assert post(here, f"/console/people/{person.id}", **form).location == "/console/people"
    assert [is_signed_in(client) for client in (here, elsewhere)] == [True, False]


def test_a_session_that_ended_elsewhere_moves_a_live_page_to_sign_in(
    app: Flask, person: Person, engine: Engine
) -> None:
    """Live pages load parts of themselves every few seconds; no socket of the server knows a session."""
    client = signed_in(app, person)
    with transaction(engine) as db:
        end_access(db, person.id)
    answer = client.get("/console/screens", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=/console/")


def test_a_device_in_use_stays_signed_in_and_is_written_rarely(app: Flask, engine: Engine, person: Person) -> None:
    services: Services = app.extensions["liftcast"]
    now = utc_now()
    client = enter_as(app, person)
    with time_machine.travel(now + SEEN_EVERY - timedelta(minutes=1), tick=False):
        assert is_signed_in(client)
    assert services.last_seen.seen == {}
    for day in (10, 20, 30):  # never fourteen days without
        with time_machine.travel(now + timedelta(days=day), tick=False):
            assert is_signed_in(client)
            services.last_seen.write(engine)
            assert rows(engine, PersonSession)[0].last_seen_at == utc_now()
    with time_machine.travel(now + timedelta(days=44, hours=1), tick=False):
        assert not is_signed_in(client)


def test_a_key_opens_the_api_and_no_page(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        _key, secret = make_key(db, KeyForm(name="A feed", role=Role.VIEWER), now=utc_now())
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/venues", headers=headers).status_code == 200
    assert client.get("/console/venues", headers=headers).location.startswith("/sign-in")
