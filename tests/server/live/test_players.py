"""A box on a real socket: once revoked it receives nothing more, and nothing that it emits is read.

Covers: server.live.namespace, server.live.rooms
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from server.app import create_app
from server.db import post, reading, transaction, utc_now
from server.live.push import Pusher
from server.live.rooms import player_room
from server.screens.models import Player
from server.screens.players import revoke_player
from server.settings import Settings
from tests.factories import make_player, make_screen, token_of
from tests.server.live.conftest import Hub, run_hub

STATUS = {"hardware": "pi-0001", "boot_id": "b", "seq": 1, "now_ms": 1}


@pytest.fixture
def server(settings: Settings) -> Iterator[Hub]:
    app = create_app(settings)
    yield from run_hub(app, settings)
    app.extensions["liftcast"].engine.dispose()


@pytest.fixture
def player(engine: Engine) -> Player:
    with transaction(engine) as db:
        return make_player(db, screen=make_screen(db))


def revoke(engine: Engine, player: Player) -> None:
    with transaction(engine) as db:
        revoke_player(db, player.id, by=None, now=utc_now())


def close_revoked(hub: Hub, engine: Engine) -> None:
    Pusher(engine, hub.sockets).drop_revoked(utc_now() - timedelta(minutes=1))


def sockets_of(hub: Hub, player: Player) -> list[object]:
    return list(hub.sockets.io.server.manager.get_participants("/player", player_room(player.id)))


@pytest.mark.parametrize(
    "emitted", ['42/player,["disconnect"]', '42/player,["disconnect","x"]', '42/player,["connect",null]', "41/player,"]
)
def test_a_revoked_box_is_put_out_whatever_it_emitted_before(
    server: Hub, engine: Engine, player: Player, emitted: str
) -> None:
    with server.connect() as box:
        box.join("/player", {"token": token_of(player)})
        box.send(emitted)
        box.send_quietly(f"40/player,{json.dumps({'token': token_of(player)})}".encode())
        revoke(engine, player)
        close_revoked(server, engine)
        server.wait_until(lambda: not sockets_of(server, player))
        with transaction(engine) as db:
            post(db, "timeline", str(player.screen_id), {"version": 3}, now=utc_now())
        Pusher(engine, server.sockets).push_due()
        assert sockets_of(server, player) == []


@pytest.mark.parametrize(
    "emitted", ["40/player,{auth}", '42/player,["connect",null,{auth}]', '42/player,["status",{status}]', "41/player,"]
)
def test_a_revoked_box_stays_out_whatever_it_emits_after(
    server: Hub, engine: Engine, player: Player, emitted: str
) -> None:
    with server.connect() as box:
        box.join("/player", {"token": token_of(player)})
        revoke(engine, player)
        close_revoked(server, engine)
        auth = json.dumps({"token": token_of(player)})
        box.send_quietly(emitted.replace("{auth}", auth).replace("{status}", json.dumps(STATUS)).encode())
        box.close_code()
        assert sockets_of(server, player) == []
    server.wait_until_forgotten()
    with server.connect() as again:
        assert "revoked" in again.join("/player", {"token": token_of(player)})


def test_a_status_that_comes_between_revocation_and_closing_is_refused(
    server: Hub, engine: Engine, player: Player
) -> None:
    with server.connect() as box:
        box.join("/player", {"token": token_of(player)})
        revoke(engine, player)
        box.send(f'42/player,1["status",{json.dumps(STATUS)}]')
        assert '"ok":false' in box.next_message().replace(" ", "")
    with reading(engine) as db:
        assert db.get_one(Player, player.id).seen_at is None


def test_an_absurd_token_is_refused_and_leaves_nothing(
    server: Hub, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for token in ("", "made up", None, 5, {"a": 1}, "\ud800", "\0", "x" * 90_000):
        with server.connect() as box:
            assert box.join("/player", {"token": token}).startswith("44/player,")
    server.wait_until_forgotten()
    assert "Traceback" not in capsys.readouterr().err


def test_an_absurd_screen_is_refused_and_leaves_nothing(
    server: Hub, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for screen in ("NOSUCH", "\ud800", "\0", "x" * 90_000, 5, None, ["A"]):
        with server.connect() as phone:
            assert phone.join("/phone", {"screen": screen}).startswith("44/phone,")
    server.wait_until_forgotten()
    assert "Traceback" not in capsys.readouterr().err
