"""How late the hub's loop runs: a blocked hub delays every socket, so the delay is measured all the time.

A greenlet asks to be woken every 20 ms. What it comes late by, less the time without a core, is what some greenlet
held the hub for. Without a core are the threads of this process that are ready and wait for one: the hub's own, and any
that holds the interpreter meanwhile (`/proc/self/task/*/schedstat`, second field, nanoseconds); and a virtual machine
whose host gives its cores to others (`/proc/stat`, `steal`, ticks).
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from prometheus_client import Histogram

from server.http.metrics import REGISTRY

PACE_S = 0.02
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
STEAL = 8  # the field's place in the first line of /proc/stat, after the word `cpu`

HUB_STALL = Histogram(
    "liftcast_hub_stall_seconds",
    "How long something kept the hub's loop from turning.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
    registry=REGISTRY,
)


Waits = dict[str, float]


def watch_lag(sleep: Callable[[float], object]) -> NoReturn:
    began, before = time.monotonic(), without_core_s()
    while True:
        sleep(PACE_S)
        now, after = time.monotonic(), without_core_s()
        waited = sum(seconds - before.get(name, 0.0) for name, seconds in after.items())
        HUB_STALL.observe(max(0.0, now - began - PACE_S - waited))
        began, before = now, after


def without_core_s(proc: Path = Path("/proc")) -> Waits:
    """Seconds without a core so far: of each thread, and the machine's; what the kernel does not report is left out."""
    waits: Waits = {}
    for thread in os.listdir(proc / "self/task"):
        with contextlib.suppress(OSError, IndexError, ValueError):  # a thread that has just ended
            waits[thread] = int(_read(f"{proc}/self/task/{thread}/schedstat").split()[1]) / 1e9
    with contextlib.suppress(OSError, IndexError, ValueError):
        waits["steal"] = int(_read(f"{proc}/stat").split(maxsplit=STEAL + 1)[STEAL]) * TICK_S
    return waits


def _read(path: str) -> bytes:
    """The first of it, without the cost of a file object: it is asked for some twenty files, fifty times a second."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 200)
    finally:
        os.close(descriptor)
