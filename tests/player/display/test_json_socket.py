import socket
from collections.abc import Iterator

import pytest

from player.display.json_socket import HungUp, JsonSocket


@pytest.fixture
def ends() -> Iterator[tuple[JsonSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    lines = JsonSocket(ours)
    yield lines, theirs
    lines.close()
    theirs.close()


def test_messages_come_whole(ends: tuple[JsonSocket, socket.socket]) -> None:
    lines, other = ends
    other.sendall(b'{"say": "be')
    assert lines.take() == []
    other.sendall(b'at"}\n{"say": "ready"}\n')
    assert lines.take() == [{"say": "beat"}, {"say": "ready"}]


def test_nothing_said_is_no_message(ends: tuple[JsonSocket, socket.socket]) -> None:
    assert ends[0].take() == []


def test_a_closed_end_is_distinguished_from_silence(ends: tuple[JsonSocket, socket.socket]) -> None:
    lines, other = ends
    other.close()
    with pytest.raises(HungUp):
        lines.take()


def test_a_process_that_does_not_read_is_given_up(ends: tuple[JsonSocket, socket.socket]) -> None:
    with pytest.raises(HungUp):
        ends[0].send({"say": "x" * 10_000_000}, patience_s=0.01)
