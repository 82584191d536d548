from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.db.errors import DatabaseBusy
from server.http.tries import TooManyTries, TriesUnderWay
from server.web.answers import answer_error
from server.web.identity import sign_in
from server.web.wallet import blueprint, pages
from tests.server.web.conftest import SignIn
from tests.server.web.words.test_language import kinds_of_error


def test_a_request_that_breaks_is_logged_without_the_token_in_its_address(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_given: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(pages, "claim_of_link", breaks)
    assert client.get("/w/a-secret-token").status_code == 500
    assert "endpoint=wallet.claim_page" in caplog.text
    assert "a-secret-token" not in caplog.text


@pytest.fixture
def serving(app: Flask) -> FlaskClient:
    """Errors become answers, as outside tests; forms need no CSRF token."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def test_a_page_that_cannot_be_shown_again_because_the_database_is_busy_says_so(
    serving: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form's own answer to a refusal reads the database; a refusal is common while the database is busy."""

    def refuse(*_given: object, **_named: object) -> None:
        raise TriesUnderWay

    def fail(*_given: object, **_named: object) -> None:
        raise DatabaseBusy

    monkeypatch.setattr(sign_in, "answer_form", refuse)
    monkeypatch.setattr(sign_in, "reading", fail)
    answer = serving.post("/sign-in", data={}, headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert DatabaseBusy().message in answer.get_data(as_text=True)


def test_an_answer_that_breaks_is_logged_without_the_token_in_its_address(
    serving: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_given: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(blueprint, "render_template", breaks)
    assert serving.get("/w/a-secret-token", headers={"Accept": "text/html"}).status_code == 500
    assert "endpoint=wallet.claim_page" in caplog.text
    assert "a-secret-token" not in caplog.text


@pytest.mark.parametrize("path", ["/console/creatives?kind=%00", "/console/report?campaign=%00"])
def test_input_that_no_database_stores_is_no_server_error(sign_in: SignIn, path: str) -> None:
    assert sign_in().get(path).status_code < 500


def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(client: FlaskClient) -> None:
    answer = client.put("/api/v1/venues", json={})
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert answer.json["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/api/v1/venues", "/api/v1/campaigns", "/api/v1/redemptions"])
def test_a_program_without_a_key_must_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.post(path, json={"name": "Harbour Tower"})
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "sign_in_needed")


def test_a_session_without_the_pages_token_is_a_stale_form(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/api/v1/venues", json={"name": "Harbour Tower"})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "stale_form")


# Raised with the seconds that are left, each with a test of its own.
WITH_TIME_LEFT = {"TooManyTries", "TooManyNewPhones", "CodeUsedUp", "ScreenUsedUp"}


def test_every_429_says_when_to_come_back(app: Flask) -> None:
    refusals = [kind for kind in kinds_of_error() if kind.status == 429 and kind.__name__ not in WITH_TIME_LEFT]
    assert [kind.__name__ for kind in refusals if not kind.retry_after_s] == []
    with app.test_request_context("/api/v1/plays"):
        for kind in [*refusals, lambda: TooManyTries(retry_after_s=7)]:
            answer = app.make_response(answer_error(kind()))
            assert int(answer.headers["Retry-After"]) >= 1


def test_a_page_says_it_in_words(app: Flask) -> None:
    with app.test_request_context("/sign-in", headers={"Accept": "text/html"}):
        answer = app.make_response(answer_error(TooManyTries(retry_after_s=7)))
        assert "Try again in 7 seconds." in answer.get_data(as_text=True)
