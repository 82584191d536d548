"""Every request: who sends it, and whether it may."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Person, Role
from server.accounts.people import disable_person
from server.db import transaction, utc_now
from tests.factories import make_person
from tests.server.web.identity.conftest import PASSWORD, post


def test_a_form_without_its_token_changes_nothing(client: FlaskClient, person: Person) -> None:
    answer = client.post("/sign-in", data={"email": "owner@example.org", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/console/").status_code == 302


def test_a_stranger_is_redirected_to_sign_in_and_back(client: FlaskClient, person: Person) -> None:
    sent = client.get("/console/")
    assert sent.location == "/sign-in?next=/console/"
    answer = post(client, "/sign-in", page=sent.location, email=person.email, password=PASSWORD, next="/console/")
    assert answer.location == "/console/"


@pytest.mark.parametrize(
    "place", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/\t/evil"]
)
def test_sign_in_never_leads_to_another_server(client: FlaskClient, person: Person, place: str) -> None:
    answer = post(client, "/sign-in", email=person.email, password=PASSWORD, next=place)
    assert answer.location == "/"


def test_a_disabled_person_is_out_at_once(client: FlaskClient, person: Person, engine: Engine) -> None:
    with transaction(engine) as db:
        make_person(db, role=Role.OWNER)
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    with transaction(engine) as db:
        disable_person(db, person.id, now=utc_now())
    assert client.get("/console/").status_code == 302
    assert post(client, "/sign-in", email=person.email, password=PASSWORD).status_code == 422


def test_pages_of_signed_in_people_are_neither_cached_nor_framed(client: FlaskClient, person: Person) -> None:
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    headers = client.get("/console/").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
