from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts import passwords
from server.accounts.links import first_owner_link, invite_link, sign_in_link
from server.accounts.models import Person, Role
from server.accounts.people import disable_person
from server.db import transaction, utc_now
from server.settings import Settings
from server.web.identity import known_browsers
from tests.factories import make_person

PASSWORD = "three plain words"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def person(engine: Engine, password_hash: str) -> Person:
    with transaction(engine) as db:
        return make_person(db, email="owner@example.org", password_hash=password_hash)


def csrf(client: FlaskClient, page: str = "/sign-in") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def post(client: FlaskClient, path: str, page: str | None = None, **form: str):
    return client.post(path, data={"csrf_token": csrf(client, page or path), **form})


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


def sign_in_from(app: Flask, address: str, email: str, password: str, *, browser: FlaskClient | None = None) -> Any:
    app.config["WTF_CSRF_ENABLED"] = False
    form = {"email": email, "password": password}
    return (browser or app.test_client()).post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address})


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
        assert "What you sent may be right" in answer.text
        assert "Try again in 15 minutes." in answer.text
        assert f'value="{person.email}"' in answer.text
        assert PASSWORD not in answer.text


def test_guesses_from_elsewhere_lock_nobody_out_of_a_browser_that_has_signed_in(app: Flask, person: Person) -> None:
    mine, others = app.test_client(), app.test_client()
    assert sign_in_from(app, "203.0.113.50", person.email, PASSWORD, browser=mine).status_code == 302
    for _ in range(10):
        sign_in_from(app, "203.0.113.50", person.email, "a guess", browser=others)
    assert sign_in_from(app, "203.0.113.50", "other@example.org", "a guess").status_code == 429
    assert sign_in_from(app, "203.0.113.99", person.email, PASSWORD, browser=others).status_code == 429
    assert sign_in_from(app, "203.0.113.50", person.email, PASSWORD, browser=mine).status_code == 302


def test_a_known_browser_has_no_more_guesses_than_others_and_none_at_other_accounts(
    app: Flask, person: Person, engine: Engine
) -> None:
    with transaction(engine) as db:
        other = make_person(db, role=Role.VIEWER, email="other@example.org")
    mine = app.test_client()
    sign_in_from(app, "203.0.113.50", person.email, PASSWORD, browser=mine)
    for nth in range(10):
        assert sign_in_from(app, f"203.0.113.{nth}", person.email, "a guess", browser=mine).status_code == 422
        assert sign_in_from(app, f"203.0.113.{nth}", other.email, "a guess").status_code == 422
    assert sign_in_from(app, "203.0.113.99", person.email, "a guess", browser=mine).status_code == 429
    assert sign_in_from(app, "203.0.113.99", other.email, "a guess", browser=mine).status_code == 429


@pytest.mark.parametrize("forged", ["", "x", "W10.x", "bnVsbA.x"])
def test_a_forged_cookie_makes_no_browser_known(app: Flask, person: Person, forged: str) -> None:
    mine = app.test_client()
    mine.set_cookie(f"{known_browsers.COOKIE}{known_browsers.account_key(person.email)[:12]}", forged, path="/sign-in")
    for nth in range(10):
        sign_in_from(app, f"203.0.113.{nth}", person.email, "a guess")
    assert sign_in_from(app, "203.0.113.99", person.email, PASSWORD, browser=mine).status_code == 429


def test_right_passwords_count_nothing(app: Flask, person: Person) -> None:
    assert {sign_in_from(app, "203.0.113.7", person.email, PASSWORD).status_code for _ in range(12)} == {302}


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


def test_pages_of_signed_in_people_are_neither_cached_nor_framed(client: FlaskClient, person: Person) -> None:
    post(client, "/sign-in", email=person.email, password=PASSWORD)
    headers = client.get("/console/").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
