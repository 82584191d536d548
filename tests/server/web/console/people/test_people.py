"""People and keys in the console: invited, given a role, revoked."""

from __future__ import annotations

from sqlalchemy import Engine

from server.accounts.models import Person, Role
from server.db import transaction
from tests.factories import make_person
from tests.server.web.conftest import SignIn, rows


def test_an_invitation_shows_its_link_once(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in(Role.OWNER)
    form = {"name": "Till", "email": "Till@Example.org", "role": "viewer"}
    assert "/link/" in client.post("/console/people/invite", data=form).text
    assert "till@example.org" in [person.email for person in rows(engine, Person)]
    again = client.post("/console/people/invite", data=form)
    assert again.status_code == 409
    assert "Someone with this e-mail address is here already." in again.text


def test_a_role_of_one_advertiser_needs_its_advertiser(sign_in: SignIn) -> None:
    form = {"name": "Ad", "email": "ad@example.org", "role": "advertiser"}
    answer = sign_in(Role.OWNER).post("/console/people/invite", data=form)
    assert answer.status_code == 422
    assert "Choose which." in answer.text


def test_the_last_owner_stays(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in(Role.OWNER)
    owner = rows(engine, Person)[0]
    answer = client.post(f"/console/people/{owner.id}/disable")
    assert answer.status_code == 409
    assert "This is the last owner." in answer.text
    changed = {"name": "Me", "email": owner.email, "role": "viewer"}
    assert client.post(f"/console/people/{owner.id}", data=changed).status_code == 409


def test_a_key_is_shown_once_and_revoked(sign_in: SignIn) -> None:
    client = sign_in(Role.OWNER)
    assert "Bearer lck_" in client.post("/console/keys/new", data={"name": "Till", "role": "viewer"}).text
    listed = client.get("/console/people").text
    assert "lck_" not in listed
    key_id = listed.split("/revoke")[0].rpartition("/")[2]
    assert client.post(f"/console/keys/{key_id}/revoke").status_code == 302


def test_people_are_found_by_name_address_and_role(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in(Role.OWNER)
    with transaction(engine) as db:
        make_person(db, name="Zoë", email="zoe@example.org", role=Role.VIEWER)
    for query in ("search=zoë", "search=zoe@", "role=viewer"):
        shown = client.get(f"/console/people?{query}").text
        assert "zoe@example.org" in shown, query
        assert shown.count('class="quiet small">') >= 1
    assert "zoe@example.org" not in client.get("/console/people?role=operator").text
