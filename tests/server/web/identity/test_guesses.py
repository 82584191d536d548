from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.accounts.models import Role
from server.app import create_app
from server.db import transaction, utc_now
from server.screens.enrol.enrolment import take_code
from server.settings import Settings
from server.web.identity.guesses import limit_wrong_enrolments
from tests.factories import make_screen


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """One of its own, that takes a view more."""
    app = create_app(settings)
    yield app
    app.extensions["liftcast"].engine.dispose()


@pytest.fixture
def guess(app: Flask, engine, sign_in) -> Callable[[str], FlaskClient]:
    """Types a code at a view that the limit guards, as a signed-in operator."""
    with transaction(engine) as db:
        screen = make_screen(db)

    def enrol(code: str) -> tuple[str, int]:
        with transaction(engine) as db:
            take_code(db, code, screen.id, by=None, now=utc_now())
        return "", 204

    app.add_url_rule("/api/guess/<code>", view_func=limit_wrong_enrolments(enrol), methods=["POST"])
    client = sign_in(Role.OPERATOR)
    return lambda code: client.post(f"/api/guess/{code}")


def test_ten_wrong_codes_are_enough(guess):
    assert [guess("BCDFGH").status_code for _ in range(11)] == [404] * 10 + [429]


def test_programs_guess_no_more_often_than_people(engine, sign_in):
    with transaction(engine) as db:
        screen = make_screen(db)
    client = sign_in(Role.OPERATOR)
    tries = [client.post(f"/api/v1/screens/{screen.id}/player", json={"code": "BCDFGH"}) for _ in range(11)]
    assert [answer.status_code for answer in tries] == [404] * 10 + [429]


def test_right_codes_count_nothing(guess, client):
    for nth in range(11):
        request = {"hardware": f"pi-{nth:04}", "token_sha256": f"{nth:064x}"}
        code = client.post("/api/v1/players/enrol", json=request).get_json()["code"]
        assert guess(code).status_code == 204
