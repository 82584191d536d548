"""How late the hub's loop runs: a blocked hub delays every socket, so the delay is measured all the time.

A greenlet asks to be woken every 20 ms. What it comes late by, less the time this thread waited for a core
(`/proc/thread-self/schedstat`, second field, nanoseconds), is what some greenlet held the hub for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from prometheus_client import Histogram

from server.web.health import REGISTRY

PACE_S = 0.02

HUB_STALL = Histogram(
    "liftcast_hub_stall_seconds",
    "How long something kept the hub's loop from turning.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
    registry=REGISTRY,
)


def watch_lag(sleep: Callable[[float], object]) -> NoReturn:
    while True:
        began, waited = time.monotonic(), waited_for_core_s()
        sleep(PACE_S)
        late = time.monotonic() - began - PACE_S
        HUB_STALL.observe(max(0.0, late - (waited_for_core_s() - waited)))


def waited_for_core_s(schedstat: Path = Path("/proc/thread-self/schedstat")) -> float:
    """Seconds that this thread was ready to run and had no core; 0 where the kernel does not tell."""
    try:
        return int(schedstat.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
