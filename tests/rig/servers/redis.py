"""A Redis of the tests' own, without persistence, that a test may kill, freeze and start again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process

_starts = count(1)


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def url(self) -> str:
        return redis_url(self.port)

    def start(self) -> None:
        self.process = start_redis(self.folder, port=self.port)

    def kill(self) -> None:
        self.process.kill()

    def freeze(self) -> None:
        """It goes on taking connections and answers none."""
        self.process.kill(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.kill(signal.SIGCONT)

    def stop(self) -> None:
        if self.process.running:
            self.thaw()
        self.process.stop()


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def start_redis(folder: Path, *, port: int) -> Process:
    """Each start has a log of its own: an earlier one's says already that it was ready."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    redis = Process(f"redis-{next(_starts)}", command, folder=folder, env={})
    redis.wait_for("Ready to accept connections")
    return redis


def redis_url(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"
