"""Machines sign in by a key, with the rights of its role.

Covers: server.accounts.keys, server.web.identity.auth
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import AuditEntry, Role
from server.db import transaction, utc_now
from tests.server.web.conftest import SignIn
from tests.server.web.operator_api.conftest import key


def test_a_machines_actions_are_in_the_audit_log(client: FlaskClient, engine: Engine) -> None:
    client.post("/api/v1/venues", json={"name": "Harbour Tower"}, headers=key(engine))
    with transaction(engine) as db:
        entry = db.exec(select(AuditEntry).where(AuditEntry.action == "venue added")).one()
    assert entry.person_id is not None


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer lck_unknown"}, 401)],
)
def test_without_a_good_key_nothing_is_answered(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.get("/api/v1/venues", headers=headers)
    assert answer.status_code == status
    assert answer.json["error"]["remedy"]


def test_a_bad_key_does_not_fall_back_to_the_session(sign_in: SignIn) -> None:
    client = sign_in(Role.OWNER)
    assert client.get("/api/v1/venues").status_code == 200
    assert client.get("/api/v1/venues", headers={"Authorization": "Bearer lck_unknown"}).status_code == 401


def test_a_revoked_key_opens_nothing(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        row, secret = make_key(db, KeyForm(name="a machine", role=Role.VIEWER), now=utc_now())
        revoke_key(db, row.id, now=utc_now())
    assert client.get("/api/v1/venues", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_session_needs_the_csrf_token(sign_in: SignIn, app: Flask) -> None:
    client = sign_in(Role.OPERATOR)
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/api/v1/venues", json={"name": "Harbour Tower"}).status_code == 400


def test_a_key_has_the_rights_of_its_role(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine, Role.VIEWER)
    assert client.get("/api/v1/creatives", headers=headers).status_code == 200
    assert client.post("/api/v1/venues", json={"name": "Harbour Tower"}, headers=headers).status_code == 403
