"""Sign in by password and by link, sign out, change the password, choose the language."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts import passwords
from server.accounts.links import first_owner_link, invite_link, sign_in_link
from server.accounts.models import Person, Role
from server.db import transaction, utc_now
from server.settings import Settings
from tests.factories import make_person
from tests.server.web.identity.conftest import PASSWORD, csrf, post, sign_in_from


def test_the_right_password_opens_the_console(client: FlaskClient, person: Person) -> None:
    answer = post(client, "/sign-in", email=" Owner@Example.org ", password=PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/console/").status_code == 200


def test_an_unknown_address_and_a_wrong_password_read_the_same(client: FlaskClient, person: Person) -> None:
    wrong = post(client, "/sign-in", email="owner@example.org", password="not this one")
    unknown = post(client, "/sign-in", email="nobody@example.org", password="not this one")
    assert wrong.status_code == unknown.status_code == 422
    alerts = [re.search(r'role="alert">.*?</div>', answer.text, re.DOTALL)[0] for answer in (wrong, unknown)]  # type: ignore[index]
    assert alerts[0] == alerts[1]


def test_typed_values_stay_but_never_the_password(client: FlaskClient, person: Person) -> None:
    answer = post(client, "/sign-in", email="owner@example.org", password="not this one")
    assert 'value="owner@example.org"' in answer.text
    assert "not this one" not in answer.text


def test_the_eleventh_try_in_a_minute_is_refused(client: FlaskClient, person: Person) -> None:
    token = csrf(client)
    form = {"csrf_token": token, "email": "owner@example.org", "password": "x"}
    codes = [client.post("/sign-in", data=form).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_an_account_is_guessed_at_no_more_often_from_many_addresses(app: Flask, person: Person) -> None:
    for nth in range(10):
        assert sign_in_from(app, f"203.0.113.{nth}", person.email.upper(), "a guess").status_code == 422
    assert sign_in_from(app, "203.0.113.99", person.email, "a guess").status_code == 429
    assert sign_in_from(app, "203.0.113.99", "someone.else@example.org", "a guess").status_code == 422


def test_right_and_wrong_passwords_get_the_same_answer_at_the_limit(app: Flask, person: Person) -> None:
    """Who knows the password learns that it is the limit; who guesses learns nothing."""
    for nth in range(10):
        sign_in_from(app, f"203.0.113.{nth}", person.email, "a guess")
    right = sign_in_from(app, "203.0.113.99", person.email, PASSWORD)
    wrong = sign_in_from(app, "203.0.113.99", person.email, "a guess")
    for answer in (right, wrong):
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 900
        assert "Your input may be correct" in answer.text
        assert "Try again in 15 minutes." in answer.text
        assert f'value="{person.email}"' in answer.text
        assert PASSWORD not in answer.text


def test_right_passwords_count_nothing(app: Flask, person: Person) -> None:
    assert {sign_in_from(app, "203.0.113.7", person.email, PASSWORD).status_code for _ in range(12)} == {302}


def test_a_changed_password_signs_other_devices_out(app: Flask, person: Person) -> None:
    here, elsewhere = app.test_client(), app.test_client()
    for client in (here, elsewhere):
        post(client, "/sign-in", email=person.email, password=PASSWORD)
    assert post(here, "/password", present=PASSWORD, password="another three words").status_code == 302
    assert here.get("/console/").status_code == 200
    assert elsewhere.get("/console/").status_code == 302


def test_the_present_password_is_required_to_change_it(client: FlaskClient, person: Person) -> None:
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    assert post(client, "/password", present="wrong", password="another three words").status_code == 422


def test_signing_out_ends_the_session(client: FlaskClient, person: Person) -> None:
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    assert post(client, "/sign-out", page="/console/").location == "/sign-in"
    assert client.get("/console/").status_code == 302


def test_the_first_link_makes_the_owner_once(app: Flask, engine: Engine, settings: Settings) -> None:
    with transaction(engine) as db:
        link = first_owner_link(db, settings, utc_now())
    assert link
    path = link.removeprefix(settings.public_url)
    first, second = app.test_client(), app.test_client()
    form = {"name": "Owner", "email": "me@example.org", "password": PASSWORD}
    assert post(first, path, **form).location == "/console/"
    assert first.get("/console/").status_code == 200
    assert second.get(path).status_code == 404
    with transaction(engine) as db:
        assert db.exec(select(Person)).one().role is Role.OWNER
        assert first_owner_link(db, settings, utc_now()) is None


def test_a_weak_password_leaves_the_link_good_and_the_name_typed(
    client: FlaskClient, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as db:
        link = first_owner_link(db, settings, utc_now())
    path = (link or "").removeprefix(settings.public_url)
    answer = post(client, path, name="Owner", email="me@example.org", password="short")
    assert answer.status_code == 422
    assert 'value="Owner"' in answer.text
    assert client.get(path).status_code == 200


def test_an_invited_person_chooses_a_password(client: FlaskClient, engine: Engine, settings: Settings) -> None:
    with transaction(engine) as db:
        invited = make_person(db, role=Role.VIEWER)
        link = invite_link(db, invited, settings, utc_now())
    path = link.removeprefix(settings.public_url)
    assert post(client, path, name="Viewer", password=PASSWORD).status_code == 302
    with transaction(engine) as db:
        changed = db.get(Person, invited.id)
        assert changed is not None
        assert passwords.fits(changed.password_hash, PASSWORD)


def test_a_sign_in_link_works_once(client: FlaskClient, person: Person, engine: Engine, settings: Settings) -> None:
    with transaction(engine) as db:
        link = sign_in_link(db, person.email, settings, utc_now())
    path = link.removeprefix(settings.public_url)
    assert post(client, path).location == "/console/"
    assert client.post(path, data={"csrf_token": csrf(client, "/password")}).status_code == 404


def test_pages_speak_the_browsers_language(client: FlaskClient) -> None:
    assert "登录" in client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}).text
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "fr"}).text


def test_a_chosen_language_stays_with_the_person(client: FlaskClient, person: Person, engine: Engine) -> None:
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    post(client, "/language", page="/console/", language="zh", next="/console/")
    assert 'lang="zh-CN"' in client.get("/console/").text
    with transaction(engine) as db:
        stored = db.get(Person, person.id)
        assert stored is not None
        assert stored.language == "zh"
