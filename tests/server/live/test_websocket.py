"""A client can neither fill the server's memory nor hold its loop, and nothing of a closed socket is left.

Covers: media.sockets.websocket
"""

from __future__ import annotations

import gc
import logging
import resource
import weakref

import pytest

from media.sockets.websocket import FRAGMENTS_MOST, MESSAGE_MOST
from tests.rig.phones.raw_socket import BINARY, CONTINUATION, PING, PONG, TEXT
from tests.server.live.conftest import Hub

TOO_BIG, BAD_FRAME, BAD_KIND, BAD_TEXT = 1009, 1002, 1003, 1007
MB = 1 << 20


def memory_mb() -> float:
    """Of this process, the most it ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_frame_of_400_mb_is_refused_before_it_is_read(hub: Hub) -> None:
    before = memory_mb()
    with hub.connect() as client:
        client.send_frame(b"4", promised=400 * MB)
        sent = 0
        while sent < 400 * MB and client.send_quietly(b"x" * MB):
            sent += MB
        assert sent < 400 * MB
        assert client.close_code() in (TOO_BIG, None)
    assert memory_mb() - before < 20
    hub.wait_until_forgotten()


def test_a_client_that_waits_learns_that_its_frame_is_too_big(hub: Hub) -> None:
    with hub.connect() as client:
        client.send_frame(b"", promised=MESSAGE_MOST + 1)
        assert client.close_code() == TOO_BIG


def test_the_fragments_of_a_message_count_together(hub: Hub) -> None:
    with hub.connect() as client:
        client.send_frame(b"4" + b"x" * 60_000, fin=False)
        client.send_frame(b"x" * 39_999, CONTINUATION, fin=False)
        client.send_frame(b"x", CONTINUATION)
        assert client.close_code() == TOO_BIG


def test_a_message_has_so_many_fragments_at_most(hub: Hub) -> None:
    with hub.connect() as client:
        client.send_frame(b"4", fin=False)
        for _ in range(FRAGMENTS_MOST):
            client.send_quietly(b"", CONTINUATION, fin=False)
        assert client.close_code() == TOO_BIG


def test_a_message_in_fragments_is_read_as_one(hub: Hub) -> None:
    with hub.connect() as client:
        client.send_frame(b"40/ph", fin=False)
        client.send_frame(b"in between", PING)
        client.send_frame(b'one,{"screen": ""}', CONTINUATION)
        frames = [client.receive() for _ in range(3)]
    assert (PONG, b"in between") in frames
    assert any(opcode == TEXT and payload.startswith(b"40/phone,") for opcode, payload in frames)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"payload": b"4", "opcode": BINARY}, BAD_KIND),
        ({"payload": b"4", "opcode": CONTINUATION}, BAD_FRAME),
        ({"payload": b"4", "opcode": 5}, BAD_FRAME),
        ({"payload": b"4", "opcode": 11}, BAD_FRAME),
        ({"payload": b"4", "opcode": PING, "fin": False}, BAD_FRAME),
        ({"payload": b"x" * 200, "opcode": PING}, TOO_BIG),
        ({"payload": b"4", "mask": b""}, BAD_FRAME),
        ({"payload": b"4\xff\xfe"}, BAD_TEXT),
        ({"payload": b"4\xed\xa0\x80"}, BAD_TEXT),
        ({"payload": b""}, BAD_FRAME),
        ({"payload": b"x"}, BAD_FRAME),
        ({"payload": b"0{}"}, BAD_FRAME),
        ({"payload": b"b4AAA"}, BAD_FRAME),
    ],
)
def test_a_frame_that_is_no_message_closes_the_socket_without_a_traceback(
    hub: Hub, frame: dict[str, object], code: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with hub.connect() as client:
        client.send_frame(**frame)  # type: ignore[arg-type]
        assert client.close_code() == code
    hub.wait_until_forgotten()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert "Traceback" not in capsys.readouterr().err


def test_a_flood_of_frames_leaves_the_loop_to_others(hub: Hub) -> None:
    with hub.connect() as flooding, hub.connect() as other:
        flooding.connection.sendall(b"\x8a\x80\x01\x02\x03\x04" * 20_000)  # pongs, as many as the buffers take
        assert other.join("/phone", {"screen": ""}).startswith("40/phone,")
        assert other.join("/nowhere", {}).startswith("44/nowhere,")


def test_a_client_that_reads_nothing_is_closed_all_the_same(hub: Hub) -> None:
    with hub.connect() as client:
        hub.wait_until(lambda: hub.sockets.gate.open)
        (connection,) = hub.sockets.gate.open
        hub.sockets.gate.close(connection)
        hub.wait_until_forgotten()
        assert client.close_code() is not None


def test_a_client_that_is_silent_or_reads_nothing_is_given_up_in_the_end(hub: Hub) -> None:
    """Engine.IO sets the longest time that one read or write may wait, on sockets that have a setter for it."""
    with hub.connect() as client:
        client.join("/phone", {"screen": ""})
        (environ,) = hub.sockets.io.server.environ.values()
        assert environ["wsgi.websocket"].connection.gettimeout() == 40


def test_nothing_of_a_closed_socket_is_left(hub: Hub) -> None:
    websockets: list[weakref.ref[object]] = []
    for _ in range(5):
        with hub.connect() as client:
            client.join("/phone", {"screen": ""})
            websockets += [weakref.ref(environ["wsgi.websocket"]) for environ in hub.sockets.io.server.environ.values()]
    assert len(websockets) >= 5
    hub.wait_until_forgotten()
    hub.wait_until(lambda: gc.collect() >= 0 and not any(websocket() for websocket in websockets))
