"""A browser in which a person has signed in is counted by itself."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine

from server.accounts.models import Person, Role
from server.db import transaction
from server.web.identity import known_browsers
from tests.factories import make_person
from tests.server.web.identity.conftest import PASSWORD, sign_in_from


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
