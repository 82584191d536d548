"""Frames of a WebSocket by themselves; tests/server/live/test_websocket.py has hostile clients of a whole server."""

from __future__ import annotations

import gevent
import pytest

from media.sockets.websocket import FRAGMENTS_MOST, MESSAGE_MOST, BoundedWebSocket, unmask


class SlowConnection:
    """Takes a byte at a time, and lets others run in between."""

    def __init__(self) -> None:
        self.taken = b""

    def sendall(self, raw: bytes) -> None:
        for byte in raw:
            self.taken += bytes([byte])
            gevent.sleep(0)


def test_no_frame_begins_in_the_middle_of_another() -> None:
    """A push may be due while a pong is under way."""
    connection = SlowConnection()
    websocket = BoundedWebSocket({}, connection, lambda _size: b"")
    gevent.joinall([gevent.spawn(websocket.send, text) for text in ("4first", "4second")], raise_error=True)
    assert connection.taken == b"\x81\x064first" + b"\x81\x074second"


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 1001])
def test_a_payload_is_unmasked_byte_by_byte(size: int) -> None:
    mask, masked = b"\x9a\x00\xff\x17", bytes(number % 251 for number in range(size))
    assert unmask(masked, mask) == bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))


def test_as_many_fragments_as_100_kb_need_are_taken() -> None:
    assert MESSAGE_MOST / 1400 < FRAGMENTS_MOST
