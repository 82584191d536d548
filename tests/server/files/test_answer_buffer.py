from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from server.files.answer_buffer import PART, AnswerBuffer, PartOfFile


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def read_all(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(1 << 20), b""))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(os.urandom(3 * PART))
    return path


def test_an_answer_goes_as_fast_as_its_client_takes_it(film: Path) -> None:
    here, there = socket.socketpair()
    with here, there, film.open("rb") as file:
        here.setblocking(False)
        there.setblocking(False)
        answer, before, taken = AnswerBuffer(here), open_files(), b""
        answer.sendall(b"head")
        answer.sendfile(file, offset=5, count=2 * PART)
        while answer.send_some():
            pass
        assert not answer.is_empty
        while not answer.is_empty:
            taken += there.recv(1 << 20)
            answer.send_some()
        assert open_files() == before
        here.close()
        assert taken + read_all(there) == b"head" + film.read_bytes()[5 : 5 + 2 * PART]


def test_an_answer_that_nobody_takes_leaves_no_file_open(film: Path) -> None:
    here, there = socket.socketpair()
    with here, there, film.open("rb") as file:
        answer, before = AnswerBuffer(here), open_files()
        answer.sendfile(file, offset=0, count=PART)
        answer.close()
        assert (answer.is_empty, open_files()) == (True, before)


def test_a_file_that_got_shorter_ends_its_connection(film: Path) -> None:
    here, there = socket.socketpair()
    with here, there, film.open("rb") as file:
        here.setblocking(False)
        answer = AnswerBuffer(here)
        answer.sendfile(file, offset=0, count=PART)
        film.write_bytes(b"")
        with pytest.raises(OSError, match="shorter"):
            answer.send_some()
        answer.close()


@pytest.mark.parametrize(
    ("sizes", "parts"), [((-1,), [b"2345"]), ((3, 3, 3), [b"234", b"5", b""]), ((None,), [b"2345"])]
)
def test_a_part_of_a_file_is_read_from_its_start_to_its_end(
    tmp_path: Path, sizes: tuple[int | None, ...], parts: list[bytes]
) -> None:
    path = tmp_path / "digits"
    path.write_bytes(b"0123456789")
    with PartOfFile(path, start=2, length=4) as file:
        assert [file.read(size) for size in sizes] == parts
