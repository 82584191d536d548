"""No page may be laid under another site's buttons; our own may frame each other."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from tests.factories import make_offer, make_screen

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SAME_ORIGIN = "SAMEORIGIN"


def assert_not_framed_elsewhere(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == status
    assert answer.headers["X-Frame-Options"] == SAME_ORIGIN
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


@pytest.fixture
def places(engine: Engine) -> dict[str, str]:
    with transaction(engine) as db:
        return {"screen": make_screen(db).code, "offer": make_offer(db).id}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/s/{screen}", 200),
        ("/s/NOWHERE", 404),
        ("/o/{offer}", 200),
        ("/o/nothing", 404),
        ("/wallet", 200),
        ("/w/nothing", 404),
        ("/wallet/recover/nothing", 404),
    ],
)
def test_a_phones_pages_are_framed_by_no_other_site(
    client: FlaskClient, places: dict[str, str], path: str, status: int
) -> None:
    assert_not_framed_elsewhere(client, path.format(**places), status)


@pytest.mark.parametrize("path", ["/console/", "/counter"])
def test_pages_of_people_are_framed_by_no_other_site(sign_in, path: str) -> None:
    assert_not_framed_elsewhere(sign_in(Role.OWNER), path, 200)


@pytest.mark.parametrize("path", ["/nothing", "/healthz", "/api/v1/wallet"])
def test_what_is_no_page_is_framed_by_no_other_site_either(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=PAGE).headers["X-Frame-Options"] == SAME_ORIGIN
