from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import select

from media.store import MediaStore
from server import context
from server.accounts.models import Person
from server.context import Services
from server.settings import Settings
from tests.factories import make_person


@pytest.fixture
def app(settings: Settings, engine: Engine, store: MediaStore) -> Flask:
    app = Flask("server.web")
    app.extensions["liftcast"] = Services(settings, engine, store, query_availability=lambda _query: None)
    return app


def test_a_request_writes_and_reads_the_database_of_its_own_application(app: Flask) -> None:
    with app.app_context():
        assert context.services() is app.extensions["liftcast"]
        with context.transaction() as db:
            make_person(db)
        with context.reading() as db:
            assert len(db.exec(select(Person)).all()) == 1


def make_and_fail(*, contended: bool) -> None:
    with context.transaction(contended=contended) as db:
        make_person(db)
        raise LookupError


@pytest.mark.parametrize("contended", [False, True])
def test_a_change_that_fails_is_taken_back(app: Flask, contended: bool) -> None:
    with app.app_context():
        with pytest.raises(LookupError):
            make_and_fail(contended=contended)
        with context.reading(brief=True) as db:
            assert db.exec(select(Person)).all() == []


def test_outside_of_an_application_there_are_no_services() -> None:
    with pytest.raises(RuntimeError, match="application context"):
        context.services()
