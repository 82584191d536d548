"""No page may be laid under another site's buttons; our own may frame each other. Who came by https stays there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.app import create_app
from server.db import transaction
from server.settings import Settings
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
def test_other_answers_than_pages_are_framed_by_no_other_site_either(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=PAGE).headers["X-Frame-Options"] == SAME_ORIGIN


HSTS = "Strict-Transport-Security"


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nothing", "/api/v1/venues", "/console/"])
def test_an_https_visitor_gets_strict_transport_security(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url="https://localhost").headers[HSTS] == "max-age=31536000"
    assert HSTS not in client.get(path).headers


@contextmanager
def browser_of(settings: Settings) -> Iterator[FlaskClient]:
    """A browser of a server with these settings."""
    app = create_app(settings)
    yield app.test_client()
    app.extensions["liftcast"].engine.dispose()


def without_database(folder: Path, **changes: Any) -> Settings:
    return Settings(data_dir=folder, secret_key="k" * 64, **changes)


@pytest.mark.parametrize(("days", "header"), [(30, "max-age=2592000"), (0, "max-age=0")])
def test_for_how_long_is_a_setting_and_can_be_taken_back(tmp_path: Path, days: int, header: str) -> None:
    with browser_of(without_database(tmp_path, hsts_days=days)) as client:
        assert client.get("/healthz", base_url="https://localhost").headers[HSTS] == header


@pytest.mark.parametrize(("proxies", "header"), [(0, None), (1, "max-age=31536000")])
def test_that_a_proxy_was_reached_by_https_counts_if_it_is_trusted(
    tmp_path: Path, proxies: int, header: str | None
) -> None:
    with browser_of(without_database(tmp_path, proxies=proxies)) as client:
        assert client.get("/healthz", headers={"X-Forwarded-Proto": "https"}).headers.get(HSTS) == header


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [("https://screens.example.org", "__Host-liftcast", True), ("http://127.0.0.1:8000", "liftcast", False)],
)
def test_the_sessions_cookie_is_bound_to_its_host_and_to_https(
    settings: Settings, public_url: str, name: str, secure: bool
) -> None:
    with browser_of(settings.model_copy(update={"public_url": public_url})) as client:
        client.get("/sign-in", base_url=public_url)
        cookie = client.get_cookie(name, domain=urlsplit(public_url).hostname or "")
    assert cookie
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path) == (secure, True, "Lax", "/")
    assert cookie.origin_only  # no Domain: `__Host-` requires it
