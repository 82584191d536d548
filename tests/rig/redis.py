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
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with Process("redis", command, folder=folder, env={}) as redis:
        redis.wait_for("Ready to accept connections")
        yield f"redis://127.0.0.1:{port}/0"
