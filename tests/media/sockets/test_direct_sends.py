"""Messages that skip the queue of their socket: the same bytes in the same order, to fast and to slow clients."""

from __future__ import annotations

import json
import select
import ssl
import time

import gevent
import gevent.socket
import gevent.ssl
import pytest

from media.sockets.websocket import GOING, BoundedWebSocket, message_frame
from tests.media.sockets.conftest import Server, running
from tests.rig.phones.raw_socket import CLOSE, TEXT, RawSocket


def joined(server: Server) -> RawSocket:
    client = RawSocket(server.port)
    client.send("40")
    assert client.next_message().startswith("40")
    return client


def frames(client: RawSocket, count: int) -> list[bytes]:
    received = []
    while len(received) < count:
        opcode, payload = client.receive()
        assert opcode != CLOSE
        received.append(payload)
    return received


MESSAGES = [("stage", {"version": 1}), ("stock", {"offer": "杯", "left": 3}), ("big", "x" * 70_000), ("none", None)]
ATTACHED = ("bytes", {"raw": b"\x00\xff"})  # two packets: a text with a place for the bytes, and the bytes


def received_of(*, direct: bool) -> list[bytes]:
    with running(direct=direct) as server, joined(server) as client:
        for event, message in [ATTACHED, *MESSAGES * 3]:
            server.emit(event, message)
        client.send('421["echo","here"]')
        return frames(client, 2 + len(MESSAGES) * 3 + 1)


def test_clients_receive_the_same_bytes_as_by_the_queue() -> None:
    direct = received_of(direct=True)
    assert direct == received_of(direct=False)
    assert direct[-1] == b'431["here"]'
    assert direct[:2] == [b'451-["bytes",{"raw":{"_placeholder":true,"num":0}}]', b"\x00\xff"]
    assert [json.loads(payload[2:])[0] for payload in direct[2:6]] == [event for event, _message in MESSAGES]


def test_an_idle_socket_gets_its_message_without_a_switch_of_greenlets() -> None:
    with running(direct=True) as server, joined(server) as client:
        server.emit("stage", 1)
        assert server.queued == 0
        assert select.select([client.connection.fileno()], [], [], 20)[0]  # waits with all greenlets standing still
        assert client.connection._sock.recv(100) == message_frame('42["stage",1]')


def test_a_message_is_framed_once_for_all_of_a_room(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | bytes] = []

    def counting(message: str | bytes) -> bytes:
        made.append(message)
        return message_frame(message)

    monkeypatch.setattr("media.sockets.direct_sends.message_frame", counting)
    with running(direct=True) as server, joined(server) as first, joined(server) as second:
        made.clear()
        server.emit("stage", 1)
        assert frames(first, 1) == frames(second, 1) == [b'42["stage",1]']
        assert made == ['42["stage",1]']


def test_a_client_that_reads_late_receives_everything_in_order() -> None:
    """Its line is full: half a frame is written, the rest follows, and what was sent meanwhile waits for it."""
    count, size = 200, 60_000
    with running(direct=True) as server, joined(server) as slow, joined(server) as quick:
        for number in range(count):
            server.emit("stage", f"{number}:{'x' * size}")
            assert json.loads(frames(quick, 1)[0][2:])[1].startswith(f"{number}:")
        assert server.queued > 0
        received = frames(slow, count)
    assert [int(json.loads(payload[2:])[1].partition(":")[0]) for payload in received] == list(range(count))
    assert {len(payload) for payload in received} <= set(range(size, size + 30))


def test_a_pong_and_a_push_do_not_mix() -> None:
    with running(direct=True) as server, joined(server) as client:
        for number in range(50):
            client.send_frame(b"here", 9)
            server.emit("stage", number)
            gevent.sleep(0)
        opcodes = [client.receive()[0] for _ in range(100)]
    assert sorted(opcodes) == [TEXT] * 50 + [10] * 50


def test_a_client_that_hung_up_holds_up_nobody() -> None:
    with running(direct=True) as server, joined(server) as stays:
        leaves = joined(server)
        leaves.close()
        server.emit("stage", 1)
        server.emit("stage", 2)
        assert frames(stays, 2) == [b'42["stage",1]', b'42["stage",2]']
        until = time.monotonic() + 20
        while len(server.io.server.eio.sockets) > 1 and time.monotonic() < until:
            gevent.sleep(0.005)
        assert server.direct is not None
        assert len(server.direct._websockets) == 1


def test_a_message_never_overtakes_a_writer_whose_turn_comes_next() -> None:
    """The turn is free for a moment before the greenlet that waits for it runs."""
    ours, theirs = gevent.socket.socketpair()
    with ours, theirs:
        websocket = BoundedWebSocket({}, ours, lambda _size: b"")
        websocket.turn_to_write.acquire()
        writer = gevent.spawn(websocket.send, "first")
        gevent.sleep(0)
        websocket.turn_to_write.release()
        assert not websocket.send_now(message_frame("second"))
        writer.join(20)
        assert websocket.send_now(message_frame("second"))
        assert theirs.recv(100) == message_frame("first") + message_frame("second")


def test_a_client_that_answers_no_ping_is_closed_although_messages_reach_it() -> None:
    with running(direct=True, ping_interval=0.05, ping_timeout=0.1) as server, joined(server) as client:
        until = time.monotonic() + 20
        while server.io.server.eio.sockets and time.monotonic() < until:
            server.emit("stage", 1)
            gevent.sleep(0.005)
        assert not server.io.server.eio.sockets
        assert client.close_code() in (None, GOING)


def test_a_client_that_answers_its_pings_stays_while_messages_reach_it() -> None:
    with running(direct=True, ping_interval=0.01) as server, joined(server) as client:
        for _ in range(3):
            server.emit("stage", 1)
            while client.receive()[1] != b"2":
                server.emit("stage", 1)
                gevent.sleep(0.001)
            client.send("3")
        server.emit("stage", "last")
        while client.next_message() != '42["stage","last"]':
            pass


def test_a_client_that_polls_gets_its_messages_by_the_queue() -> None:
    with running(direct=True) as server, gevent.socket.create_connection(("127.0.0.1", server.port)) as line:
        answer = request(line, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1")
        sid = json.loads(answer[1:])["sid"]
        request(line, f"POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1", "40")
        assert request(line, f"GET /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1").startswith("40")
        server.emit("stage", 1)
        assert server.queued == 1
        assert request(line, f"GET /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1") == '42["stage",1]'


def request(line: gevent.socket.socket, head: str, body: str = "") -> str:
    """The body of the answer."""
    line.sendall(f"{head}\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    with line.makefile("rb") as file:
        lengths = [line for line in iter(file.readline, b"\r\n") if line.lower().startswith(b"content-length:")]
        return file.read(int(lengths[0].partition(b":")[2])).decode()


def test_nothing_is_written_beside_tls() -> None:
    """The bytes would go over the line as plain text."""
    ours, theirs = gevent.socket.socketpair()
    context = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with theirs, context.wrap_socket(ours, server_hostname="box", do_handshake_on_connect=False) as secured:
        assert not BoundedWebSocket({}, secured, lambda _size: b"").send_now(message_frame("42"))
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
