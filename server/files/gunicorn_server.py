"""gunicorn for the media process: threads do the work, and no client holds one that it makes no use of.

gunicorn's own worker gives a thread to each connection at once, so as many clients as there are threads could silence
it by saying nothing, or by reading nothing. Here the loop of events reads the heads of requests, sends the answers, and
reads what refused clients still send.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from threading import Thread
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

from server.files.answer_buffer import AnswerBuffer
from server.files.app import create_media_app
from server.files.uploads import SILENT_S
from server.runtime.collector import freeze_loaded_objects
from server.runtime.malloc import return_freed_memory
from server.runtime.watchdog import ping_watchdog
from server.settings import Settings

WORKERS, THREADS = 2, 48
CONNECTIONS = 800  # of one worker; many machines allow a process 1024 open files

HEAD_S, HEAD_BYTES = 10, 32 << 10
REQUEST_S = 3600  # an upload that takes longer is resumed by another request
SLOW_AFTER_S, SLOWEST_BYTES_S = 60, 1024
LINGER_S, LINGER_BYTES = 30, 64 << 20
UNREAD_S = 60  # a client that takes nothing of its answer for so long is gone, or has paused a film
STALLED_S = 5  # after so long without taking any it may have to make room for others
PART = 1 << 16

TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class MediaServer(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings instead of its own files and arguments."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": [f"{self.settings.host}:{self.settings.media_port}"],
            "worker_class": MediaWorker,
            "workers": WORKERS,
            "threads": THREADS,
            "worker_connections": CONNECTIONS,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 15,
            "when_ready": report_ready,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_media_app(self.settings)


def run_media(settings: Settings) -> None:
    """Serve with gunicorn's threads until SIGTERM."""
    return_freed_memory()
    server = MediaServer(settings)
    freeze_loaded_objects()
    server.run()


def report_ready(arbiter: Any) -> None:
    for listener in arbiter.LISTENERS:
        print(f"listening on {listener}", flush=True)  # noqa: T201  who started it waits for this line
    Thread(target=ping_watchdog, args=(time.sleep,), name="watchdog", daemon=True).start()


class TimedUnreader(SocketUnreader):  # type: ignore[misc]
    """The bytes of a connection; reading raises TimeoutError when a request takes too long or arrives too slowly."""

    def __init__(self, sock: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(sock)
        self.clock = clock
        self.begin()

    def begin(self) -> None:
        """A new request: its time starts."""
        self.began_s, self.bytes = self.clock(), 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        part: bytes = super().chunk(size_hint)
        self.bytes += len(part)
        took_s = self.clock() - self.began_s
        slow = took_s > SLOW_AFTER_S and self.bytes < SLOWEST_BYTES_S * took_s
        if slow or took_s > REQUEST_S:
            raise TimeoutError(errno.ETIMEDOUT, "the request arrives too slowly")
        return part


class MediaWorker(ThreadWorker):  # type: ignore[misc]
    """The thread worker, with heads, answers and farewells in its loop of events.

    `pending_conns` are those that owe a head, `sending` those that have not taken their whole answer.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.lingering: deque[Any] = deque()
        self.sending: set[Any] = set()

    def init_process(self) -> None:
        """Serve until the worker is stopped, and end at once: taking the loaded modules apart would take seconds."""
        super().init_process()
        os._exit(0)

    def accept(self, listener: socket.socket) -> None:
        """A full house lets those go first that say nothing, so that they keep nobody out."""
        if self.nr_conns >= self.worker_connections - 1:
            self._let_longest_idle_go()
        super().accept(listener)

    # --- the head

    def enqueue_req(self, conn: Any) -> None:
        """A connection is new, or free for its next request: a thread gets it once the head is there."""
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = TimedUnreader(conn.sock)
        conn.sock.setblocking(False)
        conn.head = conn.parser.unreader.take_buffered().lstrip(b"\r\n")
        if _is_whole(conn.head):
            self._dispatch(conn)
        else:
            self._await(conn, self.pending_conns, HEAD_S, self._read_head)

    def _read_head(self, conn: Any, _sock: socket.socket) -> None:
        part = _received(conn)
        if part is None:
            return
        conn.head = (conn.head + part).lstrip(b"\r\n")
        if not part:
            self._drop(conn, self.pending_conns)
        elif _is_whole(conn.head):
            self._forget(conn, self.pending_conns)
            self._dispatch(conn)
        elif len(conn.head) > HEAD_BYTES:
            self._forget(conn, self.pending_conns)
            with suppress(OSError):
                conn.sock.send(TOO_LONG)
            self._linger(conn)

    def _dispatch(self, conn: Any) -> None:
        conn.parser.unreader.begin()
        conn.parser.unreader.unread(conn.head)
        super().enqueue_req(conn)

    # --- the request, in a thread

    def handle_request(self, req: Any, conn: Any) -> Any:
        conn.sock.settimeout(SILENT_S)
        conn.answer = conn.sock = AnswerBuffer(conn.sock)
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:
            raise OSError(errno.EPIPE, "the client stopped reading") from error
        finally:
            conn.sock = conn.answer.sock

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        """The only answer that a thread sends; it must not wait for a client that does not read."""
        client.settimeout(1)
        super().handle_error(req, client, addr, exc)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """No thread waits for a body that nobody wants: such a connection ends."""
        return bool(keepalive and conn.parser.finish_body(deadline=time.monotonic() + 0.01))

    # --- the answer

    def finish_request(self, conn: Any, future: Any) -> None:
        """The answer is ready; it is sent as fast as the client takes it."""
        failed = future.cancelled() or future.exception() is not None
        answer = getattr(conn, "answer", None)
        if failed or conn.sock.fileno() < 0:
            if answer is not None:
                answer.close()
            super().finish_request(conn, future)
        elif answer is None or answer.is_empty:
            self._finish(conn, future)
        else:
            conn.sock.setblocking(False)
            conn.timeout = time.monotonic() + UNREAD_S
            self.sending.add(conn)
            self.poller.register(conn.sock, EVENT_WRITE, partial(self._send_some, conn, future))

    def _send_some(self, conn: Any, future: Any, _sock: socket.socket) -> None:
        try:
            if conn.answer.send_some():
                conn.timeout = time.monotonic() + UNREAD_S
        except OSError:
            self._drop(conn, self.sending)
            return
        if conn.answer.is_empty:
            self._forget(conn, self.sending)
            self._finish(conn, future)

    # --- the farewell

    def _finish(self, conn: Any, future: Any) -> None:
        """A client that still sends is listened to for a while: else it would see a broken pipe and no answer."""
        if future.result():
            super().finish_request(conn, future)
        else:
            self._linger(conn)

    def _linger(self, conn: Any) -> None:
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        conn.sock.setblocking(False)
        conn.may_send = LINGER_BYTES
        self._await(conn, self.lingering, LINGER_S, self._read_rest)

    def _read_rest(self, conn: Any, _sock: socket.socket) -> None:
        part = _received(conn)
        if part is None:
            return
        conn.may_send -= len(part)
        if not part or conn.may_send < 0:
            self._drop(conn, self.lingering)

    # --- connections that wait in the loop of events

    def murder_pending(self) -> None:
        """Called by the loop every second: those whose time is over go; when the worker stops, all but those
        that take their answers."""
        now = time.monotonic()
        for waiting in (self.pending_conns, self.lingering):
            while waiting and (waiting[0].timeout <= now or not self.alive):
                self._drop(waiting[0], waiting)
        for conn in [conn for conn in self.sending if conn.timeout <= now]:
            self._drop(conn, self.sending)

    def _await(self, conn: Any, waiting: deque[Any], within_s: float, read: Any) -> None:
        conn.timeout = time.monotonic() + within_s
        waiting.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(read, conn))

    def _forget(self, conn: Any, waiting: deque[Any] | set[Any]) -> None:
        self.poller.unregister(conn.sock)
        waiting.remove(conn)

    def _drop(self, conn: Any, waiting: deque[Any] | set[Any]) -> None:
        self._forget(conn, waiting)
        if waiting is self.sending:
            conn.answer.close()
        self.nr_conns -= 1
        conn.close()

    def _let_longest_idle_go(self) -> None:
        for waiting in (self.pending_conns, self.lingering, self.keepalived_conns):
            if waiting:
                self._drop(waiting[0], waiting)
                return
        slowest = min(self.sending, key=lambda conn: conn.timeout, default=None)
        if slowest is not None and slowest.timeout - time.monotonic() < UNREAD_S - STALLED_S:
            self._drop(slowest, self.sending)


def _is_whole(head: bytes) -> bool:
    return b"\r\n\r\n" in head


def _received(conn: Any) -> bytes | None:
    """The bytes that have arrived; empty at the end of the stream, None if there are none yet."""
    try:
        received: bytes = conn.sock.recv(PART)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    return received
