"""What tests of pages share: an app on an empty database, and people who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine

from server.accounts.models import Person, Role
from server.app import create_app
from server.db import transaction, utc_now
from server.desk.serve import Desk
from server.settings import Settings
from server.web.context import House
from server.web.limits import limiter
from tests.factories import make_person

SignIn = Callable[..., FlaskClient]


class CompiledTemplates(BytecodeCache):
    """Every app compiles the templates of its own; the apps of all tests compile them once."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = TEMPLATES
    desk = Desk(engine, settings)
    here = replace(app.extensions["liftcast"], ask_desk=lambda ask: desk.answer(ask, now=utc_now()))
    app.extensions["liftcast"] = here
    limiter.reset()
    yield app
    house: House = app.extensions["liftcast"]
    house.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, engine: Engine) -> SignIn:
    """A browser in which someone of this role is signed in; its forms need no CSRF token."""

    def signed_in(role: Role = Role.OPERATOR, **more: object) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        with transaction(engine) as db:
            person = make_person(db, role=role, **more)
        return enter_as(app, person)

    return signed_in


def enter_as(app: Flask, person: Person) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = f"{person.id}:{person.session_epoch}"
        session["_fresh"] = True
    return client
