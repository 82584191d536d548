"""The matrix of the sockets: everybody who may knock × every namespace, and which events each has.

No socket trusts a cookie, so a session that ends has no socket to be closed.

Covers: server.live.namespace, server.live.phones
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.app import create_app
from server.db import transaction, utc_now
from server.live.sockets import Sockets, make_sockets
from server.screens.players import revoke_player
from server.settings import Settings
from tests.factories import make_person, make_player, make_screen, token_of
from tests.server.web.conftest import enter_as

EVENTS = {"/player": {"connect", "disconnect", "status", "clock"}, "/phone": {"connect", "clock", "game", "offers"}}


@dataclass
class Server:
    app: Flask
    sockets: Sockets
    code: str
    token: str

    def connects(self, namespace: str, **knock: Any) -> bool:
        client = self.sockets.io.test_client(self.app, namespace=namespace, **knock)
        connected = bool(client.is_connected(namespace))
        if connected:
            client.disconnect(namespace)
        return connected


@pytest.fixture
def server(settings: Settings, engine: Engine) -> Iterator[Server]:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    app = create_app(settings)
    yield Server(app, make_sockets(app, None), screen.code, token_of(player))
    app.extensions["liftcast"].engine.dispose()


def with_session(server: Server, engine: Engine) -> dict[str, Any]:
    with transaction(engine) as db:
        person = make_person(db)
    return {"flask_test_client": enter_as(server.app, person)}


def with_key(server: Server, engine: Engine) -> dict[str, Any]:
    with transaction(engine) as db:
        _key, secret = make_key(db, KeyForm(name="A machine", role=Role.OPERATOR), now=utc_now())
    return {"headers": {"Authorization": f"Bearer {secret}"}, "auth": {"token": secret}}


def with_phone(server: Server, engine: Engine) -> dict[str, Any]:
    client = server.app.test_client()
    client.set_cookie(COOKIE, new_token())
    return {"flask_test_client": client}


def with_revoked_box(server: Server, engine: Engine) -> dict[str, Any]:
    with transaction(engine) as db:
        player = make_player(db)
        revoke_player(db, player.id, by=None, now=utc_now())
    return {"auth": {"token": token_of(player)}}


KNOCKS: dict[str, Callable[[Server, Engine], dict[str, Any]]] = {
    "nobody": lambda server, engine: {},
    "an owner's session": with_session,
    "a key": with_key,
    "a phone": with_phone,
    "a revoked box": with_revoked_box,
    "a token of nobody": lambda server, engine: {"auth": {"token": "no token"}},
    "a token that is no text": lambda server, engine: {"auth": {"token": ["a"]}},
}


def test_every_namespace_and_event_is_listed(server: Server) -> None:
    handlers = server.sockets.io.server.namespace_handlers
    events = {name: {each[3:] for each in dir(handler) if each.startswith("on_")} for name, handler in handlers.items()}
    assert events == EVENTS
    assert server.sockets.io.server.handlers == {}


@pytest.mark.parametrize("knock", KNOCKS)
def test_only_a_box_connects_as_a_player(server: Server, engine: Engine, knock: str) -> None:
    assert not server.connects("/player", **KNOCKS[knock](server, engine))
    assert server.connects("/player", auth={"token": server.token})


@pytest.mark.parametrize("knock", KNOCKS)
def test_everybody_connects_as_a_phone_and_only_to_a_screen(server: Server, engine: Engine, knock: str) -> None:
    given = KNOCKS[knock](server, engine)
    assert server.connects("/phone", **given | {"auth": {"screen": server.code}})
    assert not server.connects("/phone", **given | {"auth": {"screen": "nowhere"}})


def test_pages_of_people_have_no_socket(server: Server) -> None:
    for namespace in ("/", "/console", "/counter"):
        assert not server.connects(namespace, auth={"token": server.token})
