"""The sockets between the processes of a box: who may use them, and what a hostile peer cannot do."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from player.line_socket import CONNECTIONS, REQUEST_BYTES, LineServer, NoAnswer, request_line

GROUP, OTHER = 64_123, 64_124
AS_SOMEBODY = """
import os, socket, sys
os.setgroups([int(sys.argv[3])] if sys.argv[3] else [])
os.setgid(int(sys.argv[2]))
os.setuid(64_125)
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(b'hello\\n')
print(client.makefile().read(), end="")
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes other users")


@pytest.fixture
def path() -> Iterator[Path]:
    """In a folder that other users reach, as pytest's own is not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "socket"
        server = LineServer(path, bytes.upper, gid=GROUP if os.geteuid() == 0 else None)
        server.start()
        yield path
        server.stop()
        assert not path.exists()


def connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    client.settimeout(10)
    return client


def test_a_line_is_answered_by_a_line(path: Path) -> None:
    assert request_line(path, b"hello") == b"HELLO"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_large_answer_arrives_whole(tmp_path: Path) -> None:
    server = LineServer(tmp_path / "large", lambda _: b"x" * 3_000_000)
    server.start()
    assert len(request_line(tmp_path / "large", b"")) == 3_000_000
    server.stop()


def test_a_process_that_is_not_there_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        request_line(tmp_path / "nothing", b"hello")


def test_the_socket_of_a_killed_process_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "socket"))
    left.close()
    server = LineServer(tmp_path / "socket", bytes.upper)
    server.start()
    assert request_line(tmp_path / "socket", b"hello") == b"HELLO"
    server.stop()


@needs_root
@pytest.mark.parametrize(("user", "answered"), [(64_125, b"HELLO\n"), (64_126, b"")])
def test_where_one_user_may_connect_nobody_else_of_the_group_is_answered(user: int, answered: bytes) -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = LineServer(Path(folder) / "socket", bytes.upper, uid=lambda: user)
        server.start()
        os.chown(Path(folder) / "socket", -1, GROUP)  # as the hardened unit, whose own group it is
        command = [sys.executable, "-c", AS_SOMEBODY, str(Path(folder) / "socket"), str(GROUP), ""]
        assert subprocess.run(command, capture_output=True, check=False).stdout == answered
        server.stop()


@needs_root
@pytest.mark.parametrize(
    ("gid", "groups", "answered"),
    [(GROUP, "", True), (OTHER, str(GROUP), True), (OTHER, "", False)],
    ids=["own group", "one of its groups", "a stranger"],
)
def test_only_the_group_may_send_requests(path: Path, gid: int, groups: str, answered: bool) -> None:
    """Also where the file's mode would let it: the kernel says who it is."""
    path.chmod(0o666)
    done = subprocess.run(
        [sys.executable, "-c", AS_SOMEBODY, path, str(gid), groups], capture_output=True, text=True, check=False
    )
    assert done.stdout == ("HELLO\n" if answered else "")


def send_for_ever(client: socket.socket) -> None:
    for _ in range(2**31 // 65_536):
        client.sendall(b"x" * 65_536)


def test_a_line_of_two_gigabytes_ends_its_connection_long_before(path: Path) -> None:
    with connected(path) as client, pytest.raises(OSError):
        send_for_ever(client)
    assert request_line(path, b"hello") == b"HELLO"


def test_a_line_above_the_limit_is_not_answered(path: Path) -> None:
    with pytest.raises(NoAnswer):
        request_line(path, b"x" * REQUEST_BYTES * 2)


def test_of_two_hundred_open_sockets_those_above_the_limit_are_closed(path: Path) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(path)) for _ in range(200)]
        assert [client.recv(1) for client in idle[CONNECTIONS:]] == [b""] * (200 - CONNECTIONS)


def test_sockets_that_send_nothing_are_closed_and_make_room(tmp_path: Path) -> None:
    server = LineServer(tmp_path / "socket", bytes.upper, wait_s=0.2)
    server.start()
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(tmp_path / "socket")) for _ in range(CONNECTIONS)]
        assert {client.recv(1) for client in idle} == {b""}
        assert request_line(tmp_path / "socket", b"hello") == b"HELLO"
    server.stop()
