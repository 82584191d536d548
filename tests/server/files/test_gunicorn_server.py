from __future__ import annotations

import socket

import pytest

from server.files.gunicorn_server import REQUEST_S, SLOW_AFTER_S, TimedUnreader


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("after_s", "bytes_sent", "in_time"),
    [
        (SLOW_AFTER_S - 1, 1, True),
        (SLOW_AFTER_S + 1, 1, False),
        (SLOW_AFTER_S + 1, 70_000, True),
        (REQUEST_S + 1, 4_000_000, False),
    ],
)
def test_a_body_that_arrives_too_slowly_ends(after_s: int, bytes_sent: int, in_time: bool) -> None:
    clock, (here, there) = Clock(), socket.socketpair()
    with here, there:
        unreader = TimedUnreader(here, clock)
        unreader.bytes = bytes_sent - 1
        there.sendall(b"x")
        clock.now_s += after_s
        if in_time:
            assert unreader.chunk() == b"x"
            return
        with pytest.raises(TimeoutError):
            unreader.chunk()


def test_the_next_request_of_a_connection_has_its_own_time() -> None:
    clock, (here, there) = Clock(), socket.socketpair()
    with here, there:
        unreader = TimedUnreader(here, clock)
        clock.now_s += REQUEST_S + 1
        unreader.begin()
        there.sendall(b"x")
        assert unreader.chunk() == b"x"
