"""A body that ends early is a 400 and one line in the log, at every route that takes one.

Covers: server.http.bodies
"""

from __future__ import annotations

import io
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.exceptions import ClientDisconnected

from server import tables
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.db import reading, transaction, utc_now
from server.http.bodies import counted_body
from tests.factories import bearer, make_player, make_screen
from tests.server.web.conftest import SignIn

SENT = b'{"name": "half of a'


class CutBody:
    """A body under gevent's server whose client is gone: after what was sent, reading raises."""

    def __init__(self, sent: bytes) -> None:
        self.sent = io.BytesIO(sent)

    def read(self, size: int = -1) -> bytes:
        if got := self.sent.read(size):
            return got
        raise OSError("unexpected end of file while reading request at position 19")


def send_cut(client: FlaskClient, path: str, method: str, headers: dict[str, str], kind: str) -> Any:
    cut = {"wsgi.input": CutBody(SENT), "wsgi.input_terminated": True, "CONTENT_LENGTH": "1000", "CONTENT_TYPE": kind}
    return client.open(path, method=method, headers=headers, environ_overrides=cut)


def addresses(app: Flask, *, below: str) -> Iterator[tuple[str, str]]:
    """Every address below this one to which something is sent, without those of one thing."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(below) and not rule.arguments:
            yield from ((method, rule.rule) for method in rule.methods or () if method in ("POST", "PUT", "PATCH"))


def counts(engine: Engine) -> dict[str, int]:
    with reading(engine) as db:
        return {
            table.name: len(db.connection().execute(table.select()).all()) for table in tables.metadata.sorted_tables
        }


def test_a_machines_body_that_ends_early_is_refused_everywhere(
    app: Flask, client: FlaskClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction(engine) as db:
        _row, secret = make_key(db, KeyForm(name="a machine", role=Role.OPERATOR), now=utc_now())
        player = make_player(db, screen=make_screen(db))
    before = counts(engine)
    sent = 0
    for method, path in addresses(app, below="/api/"):
        headers = bearer(player) if "/player/" in path else {"Authorization": f"Bearer {secret}"}
        answer = send_cut(client, path, method, headers, "application/json")
        assert (path, answer.status_code, answer.json["error"]["code"]) == (path, 400, "body_cut_off")
        sent += 1
    assert sent > 12
    assert counts(engine) == before
    assert [(record.levelno, record.exc_info) for record in caplog.records] == [(logging.WARNING, None)] * sent


def test_a_forms_body_that_ends_early_is_refused_everywhere(
    app: Flask, sign_in: SignIn, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in(Role.OWNER)
    before = counts(engine)
    sent = 0
    for method, path in addresses(app, below="/console/"):
        answer = send_cut(client, path, method, {"Accept": "text/html"}, "application/x-www-form-urlencoded")
        if answer.status_code != 302:  # those that need no body
            assert (path, answer.status_code) == (path, 400)
            assert "Send it again" in answer.text
            sent += 1
    assert sent > 12
    assert counts(engine) == before
    assert not [record for record in caplog.records if record.exc_info]


def test_reading_ends_when_nothing_more_arrives(app: Flask) -> None:
    here, there = socket.socketpair()
    with here, there, here.makefile("rb") as body:
        there.sendall(SENT)
        environ = {"gunicorn.socket": here, "wsgi.input": body, "CONTENT_LENGTH": "1000"}
        with app.test_request_context("/", environ_overrides=environ), pytest.raises(ClientDisconnected):
            counted_body(silent_s=0.01).read()
