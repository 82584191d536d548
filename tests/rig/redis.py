"""A Redis of the tests' own, without persistence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rig.ports import free_port
from tests.rig.processes import Process


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    port = free_port()
    with start_redis(folder, port=port):
        yield redis_url(port)


def start_redis(folder: Path, *, port: int) -> Process:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    redis = Process("redis", command, folder=folder, env={})
    redis.wait_for("Ready to accept connections")
    return redis


def redis_url(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"
