"""Ports for servers that tests start: below those that the system gives away, and for each test process its own."""

from __future__ import annotations

import itertools
import os
import socket
from contextlib import suppress

FIRST = 20_000
EACH = 3_000

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw3").removeprefix("gw")) % 4
_turns = itertools.count(os.getpid())


def free_port() -> int:
    """A port nobody listens on, handed out once: it stays free until its server is up, and while that is down."""
    for turn in itertools.islice(_turns, EACH):
        port = FIRST + _worker * EACH + turn % EACH
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")
