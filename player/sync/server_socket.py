"""The socket to the server: hints that there is something new, commands, and the pings that the clock learns from."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import Any

import socketio

from media.clock import PING_BURST, Sample
from media.wire.clock import ClockPing, ClockPong

logger = logging.getLogger(__name__)

NAMESPACE = "/player"
CONNECT_S = 10
ANSWER_S = 5
BURSTS_S = (5.0, 5.0, 15.0, 30.0)  # often at first, for the clock to settle, then every minute
BURST_EVERY_S = 60.0
PAUSE_FIRST_S = 1.0
PAUSE_LONGEST_S = 30.0

Answer = dict[str, Any]


class ServerSocket:
    """Connects again and again, with growing pauses. All it says is a hint: when it is gone, polling does the same."""

    def __init__(
        self,
        server_url: str,
        token: Callable[[], str],
        *,
        may_connect: Callable[[], bool],
        on_hint: Callable[[], None],
        on_command: Callable[[Answer], Answer],
        on_game: Callable[[object], None],
        learn: Callable[[list[Sample]], None],
        local_ms: Callable[[], float],
    ) -> None:
        self._server_url = server_url
        self._token = token
        self._may_connect = may_connect
        self._on_hint = on_hint
        self._on_command = on_command
        self._on_game = on_game
        self._learn = learn
        self._local_ms = local_ms
        self._wake = threading.Event()
        self._stopping = False
        self._client: socketio.Client | None = None
        self._thread = threading.Thread(target=self._run, name="server-socket", daemon=True)

    @property
    def connected(self) -> bool:
        client = self._client
        return client is not None and bool(client.connected)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=2)

    def wake(self) -> None:
        """Try now: there is reason to think that it works."""
        self._wake.set()

    def _run(self) -> None:
        pause_s = PAUSE_FIRST_S
        while not self._stopping:
            lasted = self._may_connect() and self._one_connection()
            pause_s = PAUSE_FIRST_S if lasted else min(pause_s * 2, PAUSE_LONGEST_S)
            self._wake.wait(pause_s * random.uniform(0.5, 1.5))
            self._wake.clear()

    def _one_connection(self) -> bool:
        """From connecting to the end of it; True if it came about."""
        client = self._client = self._new_client()
        try:
            client.connect(
                self._server_url,
                namespaces=[NAMESPACE],
                auth=lambda: {"token": self._token()},
                wait_timeout=CONNECT_S,
            )
        except socketio.exceptions.ConnectionError:
            return False
        logger.info("socket connected")
        try:
            self._on_hint()  # hints that were sent while we were away are in the manifest
            self._ping_on(client)
        except (socketio.exceptions.SocketIOError, OSError, ValueError) as error:
            logger.info("socket lost why=%s", error or type(error).__name__)
        finally:
            client.disconnect()
        return True

    def _new_client(self) -> socketio.Client:
        client = socketio.Client(reconnection=False, handle_sigint=False)
        client.on("timeline", lambda *_: self._on_hint(), namespace=NAMESPACE)
        client.on("interrupt", lambda *_: self._on_hint(), namespace=NAMESPACE)
        client.on("game", self._on_game, namespace=NAMESPACE)
        client.on("command", self._command, namespace=NAMESPACE)
        client.on("disconnect", lambda *_: self._wake.set(), namespace=NAMESPACE)
        return client

    def _ping_on(self, client: socketio.Client) -> None:
        """Bursts of pings as long as the connection lives; one that is not answered ends it."""
        pauses = iter(BURSTS_S)
        while client.connected and not self._stopping:
            self._learn([self._ping(client) for _ in range(PING_BURST)])
            self._wake.wait(next(pauses, BURST_EVERY_S) * random.uniform(0.9, 1.1))
            self._wake.clear()

    def _ping(self, client: socketio.Client) -> Sample:
        t0 = self._local_ms()
        answer = client.call("clock", ClockPing(t0=t0).model_dump(), namespace=NAMESPACE, timeout=ANSWER_S)
        t3 = self._local_ms()
        pong = ClockPong.model_validate(answer)
        return Sample(t0, pong.t1, pong.t2, t3)

    def _command(self, message: Any) -> Answer:
        """The server waits for what this returns: whether the command was understood."""
        if not isinstance(message, dict):
            return {"ok": False, "why": "a command is an object with a `do`"}
        return self._on_command(message)
