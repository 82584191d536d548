"""Someone with a password, and the form by which they sign in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts import passwords
from server.accounts.models import Person
from server.db import transaction
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


def sign_in_from(app: Flask, address: str, email: str, password: str, *, browser: FlaskClient | None = None) -> Any:
    app.config["WTF_CSRF_ENABLED"] = False
    form = {"email": email, "password": password}
    return (browser or app.test_client()).post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address})
