from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from server.app import create_app
from server.db.engine import REQUEST_PATIENCE_S
from server.settings import Settings
from tests.rig.servers.ports import free_port

Create = Callable[..., Flask]


@pytest.fixture
def create(settings: Settings) -> Iterator[Create]:
    made: list[Flask] = []

    def create(**changed: object) -> Flask:
        made.append(create_app(settings.model_copy(update=changed)))
        return made[-1]

    yield create
    for app in made:
        app.extensions["liftcast"].engine.dispose()


def test_every_audience_has_its_part(create: Create) -> None:
    app = create()
    assert {
        "auth",
        "console",
        "player_api",
        "phone",
        "wallet",
        "counter",
        "operator_api",
        "health",
    } <= app.blueprints.keys()
    assert {"/", "/healthz", "/api/v1/openapi.json"} <= {rule.rule for rule in app.url_map.iter_rules()}


def test_each_application_has_services_of_its_own_settings(create: Create, settings: Settings) -> None:
    one, other = create(), create(secret_key="another" * 10)
    assert one.extensions["liftcast"].settings == settings
    assert one.extensions["liftcast"].engine is not other.extensions["liftcast"].engine
    assert one.secret_key != other.secret_key
    assert one.extensions["liftcast"].engine.pool.timeout() == REQUEST_PATIENCE_S


@pytest.mark.parametrize("with_redis", [False, True])
def test_redis_is_used_where_an_address_is_set(create: Create, with_redis: bool) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0" if with_redis else ""
    assert (create(redis_url=url).extensions["liftcast"].redis is not None) is with_redis


@pytest.mark.parametrize(("public_url", "secure"), [("http://127.0.0.1:8080", False), ("https://s.example.org", True)])
def test_cookies_are_bound_to_https_where_the_server_is_reached_by_it(
    create: Create, public_url: str, secure: bool
) -> None:
    app = create(public_url=public_url)
    assert app.config["SESSION_COOKIE_SECURE"] is secure
    assert (app.config["SESSION_COOKIE_HTTPONLY"], app.config["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")


def test_no_body_or_form_is_larger_than_four_megabytes(create: Create) -> None:
    app = create()
    assert {app.config["MAX_CONTENT_LENGTH"], app.config["MAX_FORM_MEMORY_SIZE"]} == {4 << 20}
