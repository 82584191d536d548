"""The gate: so many sockets an address, none that belongs to nobody, none that breaks the rules.

Covers: media.sockets.gate, server.live.namespace, server.live.phones, server.live.sockets
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import socketio
from gevent import socket
from sqlalchemy.exc import OperationalError

from media.sockets import gate
from media.sockets.gate import NAMELESS_S
from media.sockets.websocket import TRY_LATER
from server.app import create_app
from server.live import phones
from server.settings import Settings
from tests.server.live.conftest import Hub, run_hub

HELLO = {"screen": ""}


def test_an_address_holds_so_many_sockets_and_no_more(hub: Hub) -> None:
    clients = [hub.connect() for _ in range(6)]
    assert all(client.join("/phone", HELLO).startswith("40/phone,") for client in clients)
    with hub.connect() as refused:
        assert refused.close_code() == TRY_LATER
    assert polled(hub, "GET", "").startswith("HTTP/1.1 429")
    assert all(client.join("/nowhere", {}).startswith("44") for client in clients)
    clients[0].close()
    hub.wait_until(lambda: hub.sockets.gate.held["127.0.0.1"] == 5)
    with hub.connect() as again:
        assert again.join("/phone", HELLO).startswith("40/phone,")


def polled(hub: Hub, method: str, query: str, body: bytes = b"") -> str:
    """The whole answer to a long-polling request."""
    head = f"{method} /socket.io/?EIO=4&transport=polling{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def open_by_polling(hub: Hub) -> str:
    return str(json.loads(polled(hub, "GET", "").split("\r\n\r\n")[1][1:])["sid"])


@pytest.mark.parametrize(("people", "phones"), [(40, 300), (1000, 1000)])
def test_a_lobby_and_a_building_behind_one_address_fit(tmp_path: Path, people: int, phones: int) -> None:
    """Phones and 30 boxes, each of which connected anew before its old socket was found dead."""
    settings = Settings(data_dir=tmp_path, people_at_screen=people)
    assert settings.sockets_each == (phones + 30) * 2
    assert settings.model_copy(update={"sockets_per_address": 6}).sockets_each == 6


def test_an_address_sends_no_faster_over_many_sockets() -> None:
    """Each socket keeps to its own pace, but together they would flood the process."""
    door = gate.SocketGate(socketio.Server(), namespaces=(), most_each=1000, clock=lambda: 1.0)
    each = int(gate.ADDRESS_BURST / gate.MESSAGES_BURST)
    for nth in range(each):
        door.on_connect(lambda *_: None, str(nth), {"REMOTE_ADDR": "192.0.2.1"})
    door.on_connect(lambda *_: None, "elsewhere", {"REMOTE_ADDR": "192.0.2.2"})
    delays = [door.delay_s(str(nth)) for nth in range(each) for _ in range(gate.MESSAGES_BURST)]
    assert max(delays) == pytest.approx(0, abs=1e-6)
    assert [door.delay_s("0"), door.delay_s("0")] == pytest.approx([0.05, 0.1])
    door.on_connect(lambda *_: None, "new", {"REMOTE_ADDR": "192.0.2.1"})
    assert door.delay_s("new") == pytest.approx(3 / gate.ADDRESS_PER_S)
    assert door.delay_s("elsewhere") == 0
    for id_ in list(door.open):
        door.on_disconnect(lambda *_: None, id_, "gone")
    assert door.paces == {}


def test_the_address_behind_a_proxy_is_the_one_that_the_proxy_reports(hub_settings: Settings) -> None:
    settings = hub_settings.model_copy(update={"proxies": 1})
    for hub in run_hub(create_app(settings), settings):
        with hub.connect(more="X-Forwarded-For: 198.51.100.7, 203.0.113.9\r\n") as client:
            client.join("/phone", HELLO)
            assert hub.sockets.gate.held == {"203.0.113.9": 1}


@pytest.mark.parametrize(
    "text", ["4", '42/phone,["disconnect"]', '42/phone,["connect"]', "4[[[[", "4{}", "43/phone,0[]"]
)
def test_a_socket_that_breaks_the_rules_is_closed_without_a_traceback(
    hub: Hub, text: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with hub.connect() as client:
        client.join("/phone", HELLO)
        client.send(text)
        client.close_code()
    hub.wait_until_forgotten()
    assert [record.levelno for record in caplog.records if record.exc_info] == []
    assert "Traceback" not in capsys.readouterr().err
    assert any("socket closed why=" in record.message for record in caplog.records)


@pytest.mark.parametrize("text", ['42/phone,5["reboot",{}]', '42/phone,5["clock"]', '42/phone,5["clock",{},{}]'])
def test_an_event_that_is_not_known_is_answered_and_no_more(hub: Hub, text: str) -> None:
    with hub.connect() as client:
        client.join("/phone", HELLO)
        client.send(text)
        answer = client.next_message()
        assert answer.startswith("43/phone,5[")
        assert json.loads(answer[10:])[0]["ok"] is False
        client.send('42/phone,6["clock",{"t0":1}]')
        assert client.next_message().startswith("43/phone,6[")


def test_a_socket_that_is_closed_while_it_joins_leaves_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def close_meanwhile(_code: str) -> str:
        for id_ in list(hub.sockets.gate.open):
            hub.sockets.gate.close(id_)
        return "screen"

    monkeypatch.setattr(phones, "read_screen_id", close_meanwhile)
    with hub.connect() as client:
        client.send('40/phone,{"screen": "ABC"}')
        client.close_code()
    hub.wait_until_forgotten()


def test_a_socket_that_joins_while_the_database_is_away_is_refused_and_leaves_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_code: str) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr(phones, "read_screen_id", fail)
    with hub.connect() as client:
        assert "busy" in client.join("/phone", {"screen": "ABC"})
    hub.wait_until_forgotten()


def test_the_root_namespace_belongs_to_nobody(hub: Hub) -> None:
    with hub.connect() as client:
        client.send("40")
        assert client.next_message().startswith("44")


def test_a_socket_that_never_says_whose_it_is_is_closed_after_a_while(hub: Hub) -> None:
    held = hub.sockets.gate.open
    with hub.connect() as silent, hub.connect() as named:
        named.join("/phone", HELLO)
        hub.wait_until(lambda: len(held) == 2)
        hub.sockets.gate.close_nameless()
        assert len(held) == 2
        for socket in held.values():
            socket.opened_at -= NAMELESS_S + 1
        hub.sockets.gate.close_nameless()
        silent.close_code()
        assert named.join("/nowhere", {}).startswith("44")
        assert len(held) == 1


def test_thousands_of_namespaces_are_slowed_down_and_leave_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MESSAGES_BURST", 10)
    hub.sockets.gate.clock = lambda: 1000.0
    with hub.connect() as client:
        for number in range(15):
            client.send(f"40/n{number},")
        assert all(client.next_message().startswith("44/n") for _ in range(15))
        (held,) = hub.sockets.gate.open.values()
        assert held.pace.delay_s(1000.0) > 0
    hub.wait_until_forgotten()


@pytest.mark.parametrize("body", [b"2", b"5", b"x", b"\xff", b"d=4", b"b4AAA", b"4\x1e" * 40, b"0{}"])
def test_a_polled_body_that_holds_no_packets_is_a_400(hub: Hub, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    sid = open_by_polling(hub)
    with caplog.at_level(logging.WARNING):
        assert polled(hub, "POST", f"&sid={sid}", body).startswith("HTTP/1.1 400")
    assert [record.levelno for record in caplog.records if record.exc_info] == []


def test_a_polled_body_that_is_too_long_is_refused_unread(hub: Hub) -> None:
    sid = open_by_polling(hub)
    assert polled(hub, "POST", f"&sid={sid}", b"4" * 100_001).startswith("HTTP/1.1 413")


def test_a_polling_socket_that_breaks_the_rules_is_closed_though_nobody_polls(hub: Hub) -> None:
    sid = open_by_polling(hub)
    polled(hub, "POST", f"&sid={sid}", b'42/phone,["disconnect"]')
    assert hub.sockets.gate.open == {}
