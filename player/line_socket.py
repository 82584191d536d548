"""Requests between the processes of a box: one line of JSON each way, over a Unix socket that only they may use.

A socket has the mode 0660 and a group, and who connects is looked up in the kernel besides (SO_PEERCRED). A connection
carries one request. A line that is too long, or does not arrive in time, ends it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

logger = logging.getLogger(__name__)

REQUEST_BYTES = 4096
ANSWER_BYTES = 4 << 20  # a stage with its items
WAIT_S = 5.0
CONNECTIONS = 128  # at a time; each takes a descriptor, and a portal sends one request for each of its phones
CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of a peer: unix(7), SO_PEERCRED
GID = struct.Struct("I")
SO_PEERGROUPS = 59  # asm-generic/socket.h; Python does not name it
GROUPS_BYTES = 1024  # the most that Python takes: 256 groups


class NoAnswer(Exception):
    """The other process did not answer. It may be starting; try again in a moment."""


class LineServer:
    """Answers in a thread of its own, one request after the other: `answer` needs no lock against itself.

    answer: gets a line and returns a line, both without the line break; must not raise
    gid, uid: the group whose members may connect, and the user who may, beside root and this process's own user;
        the user is looked up at each connection
    wait_s: how long a connection may take · request_bytes: the longest line
    """

    def __init__(
        self, path: Path, answer: Callable[[bytes], bytes], *, gid: int | None = None,
        uid: Callable[[], int | None] | None = None, wait_s: float = WAIT_S, request_bytes: int = REQUEST_BYTES,
    ) -> None:  # fmt: skip
        self._path = path
        self._answer = answer
        self._gid = gid
        self._uid = uid
        self._request_bytes = request_bytes
        self._wait_s = wait_s
        self._open = 0
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="line socket", daemon=True)

    def start(self) -> None:
        """Returns when clients can connect. Raises OSError if the socket cannot be made."""
        self._thread.start()
        self._started.result()

    def stop(self) -> None:
        loop, stopping = self._started.result()
        loop.call_soon_threadsafe(stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        stopping = asyncio.Event()
        try:
            bound = self._bound()
            server = await asyncio.start_unix_server(
                self._connected, sock=bound, limit=self._request_bytes, backlog=2 * CONNECTIONS
            )
        except OSError as error:
            self._started.set_exception(error)
            return
        self._started.set_result((asyncio.get_running_loop(), stopping))
        await stopping.wait()
        server.close()
        self._path.unlink(missing_ok=True)

    def _bound(self) -> socket.socket:
        """Bound under another name first: nobody connects before mode and group are right."""
        draft = self._path.with_name(self._path.name + ".new")
        draft.unlink(missing_ok=True)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        bound.bind(str(draft))
        if self._gid not in (None, os.getegid()):  # a hardened process may not change owners, and need not
            os.chown(draft, -1, self._gid)
        draft.chmod(0o660)
        bound.listen(2 * CONNECTIONS)
        os.replace(draft, self._path)
        return bound

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= CONNECTIONS and may_connect(
                writer.get_extra_info("socket"), self._gid, self._uid and self._uid()
            ):
                await asyncio.wait_for(self._converse(reader, writer), self._wait_s)
        except (TimeoutError, ValueError, OSError, EOFError) as error:
            logger.info("local connection ended why=%s", type(error).__name__)
        finally:
            self._open -= 1
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readuntil(b"\n")
        writer.write(self._answer(line[:-1]) + b"\n")
        await writer.drain()
        writer.write_eof()
        await reader.read(1)  # until the client has read all and closes


def may_connect(peer: socket.socket, gid: int | None, other_uid: int | None = None) -> bool:
    """Whether the process at the other end is root's, our own user's, of the other user, or in this group."""
    _, uid, peer_gid = CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    if uid in (0, os.getuid(), other_uid) or (gid is not None and gid in (peer_gid, *_other_groups(peer))):
        return True
    logger.warning("local connection refused uid=%d", uid)
    return False


def _other_groups(peer: socket.socket) -> list[int]:
    try:
        raw = peer.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, GROUPS_BYTES)
    except OSError:  # of more groups than fit
        return []
    return [gid for (gid,) in GID.iter_unpack(raw)]


def request_line(path: Path, line: bytes, *, wait_s: float = WAIT_S) -> bytes:
    """Sends one request and returns the answer. Raises NoAnswer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(wait_s)
        try:
            client.connect(str(path))
            client.sendall(line + b"\n")
            return _read_line(client)
        except OSError as error:
            raise NoAnswer(f"{path.name}: {error}") from error


def _read_line(client: socket.socket) -> bytes:
    answer = bytearray()
    while not answer.endswith(b"\n"):
        part = client.recv(65_536)
        answer += part
        if not part or len(answer) > ANSWER_BYTES:
            raise ConnectionError("the answer is not whole")
    return bytes(answer[:-1])
