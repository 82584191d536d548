"""Fixtures of tests of pages: an app on an empty database, and people who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from media.store import MediaStore
from server.accounts import passwords
from server.accounts.devices import Device
from server.accounts.models import Person, Role
from server.accounts.sessions import start_session
from server.app import create_app
from server.availability.server import AvailabilityService
from server.context import Services
from server.creatives.uploads.tickets import issue_ticket
from server.db import transaction, utc_now
from server.http.limits import try_counter
from server.settings import Settings
from server.web.words.language import install_language
from tests.conftest import engine_at
from tests.factories import make_access, make_person

SignIn = Callable[..., FlaskClient]


APPS: dict[Settings, Flask] = {}


def app_like(settings: Settings) -> Flask:
    """Applications whose settings differ in their files and database alone share one: to make one takes 60 ms."""
    likeness = settings.model_copy(update={"data_dir": Path(), "database_url": ""})
    if likeness not in APPS:
        APPS[likeness] = create_app(settings)
        APPS[likeness].testing = True
    return APPS[likeness]


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Iterator[Flask]:
    """The pages of an empty server; what a test sets in its configuration goes with it."""
    app, desk = app_like(settings), AvailabilityService(engine, settings)
    services = Services(
        settings=settings,
        engine=engine_at(settings.database_url, "app"),
        store=MediaStore(settings.media_dir),
        query_availability=lambda query: desk.answer(query, now=utc_now()),
    )
    configuration = dict(app.config)
    app.extensions["liftcast"] = services
    try_counter(app).reset()
    yield app
    app.config.clear()
    app.config.update(configuration)


@pytest.fixture(scope="session")
def speaking() -> Flask:
    """An application that knows both languages and nothing else, for tests of words alone: it needs no database."""
    app = Flask("server.web")
    app.secret_key = "k" * 64
    install_language(app)
    return app


@pytest.fixture(scope="module", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Argon2 that costs next to nothing: whoever guesses here is counted, not slowed down."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "NOBODY", quick.hash("nobody has this password"))
        yield


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
    with transaction(app.extensions["liftcast"].engine) as db:
        _session, token = start_session(db, person, Device(), now=utc_now())
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = token
        session["_fresh"] = True
    return client


def ticket_for(settings: Settings, **ticket: Any) -> str:
    """An upload ticket, of an operator who is signed in unless another `access` is given."""
    with transaction(engine_at(settings.database_url)) as db:
        return issue_ticket(settings, **{"access": make_access(db), **ticket})


def rows(engine: Engine, table: type[Any]) -> list[Any]:
    with transaction(engine) as db:
        return list(db.exec(select(table)))
