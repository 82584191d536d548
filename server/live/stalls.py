"""How long one greenlet keeps the hub: while it does, every socket and every other request waits.

Noted is the time between two switches of greenlets, less the time without a core. Without a core are the threads of
this process that are ready and wait for one: the hub's own, and any that holds the interpreter meanwhile
(`/proc/self/task/*/schedstat`, second field, nanoseconds); and a virtual machine whose host gives its cores to others
(`/proc/stat`, `steal`, ticks). Many short requests after each other are load, not a stall: the latency of requests
shows it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import greenlet
from prometheus_client import Histogram

from server.http.metrics import REGISTRY

PACE_S = 0.02
SHORT_S = 0.025  # shorter ones are not noted: a phone's request takes 10 ms, and looking at all threads a third of one
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
STEAL = 8  # the field's place in the first line of /proc/stat, after the word `cpu`

HUB_STALL = Histogram(
    "liftcast_hub_stall_seconds",
    "How long one greenlet kept the hub, where that was 25 ms or longer.",
    buckets=(0.05, 0.1, 0.25, 1.0, 5.0),
    registry=REGISTRY,
)


Waits = dict[str, float]


class StallWatch:
    """Notes the stalls of the hub of the thread that calls `run`."""

    def __init__(self, hub: greenlet.greenlet, observe: Callable[[float], object] = HUB_STALL.observe) -> None:
        self._hub = hub
        self._observe = observe
        self._began = time.monotonic()
        self._waits = without_core_s()

    def run(self, sleep: Callable[[float], object]) -> NoReturn:
        """Watches from now on. Waits for a core are read at this pace, so that a stall has a value to start from:
        one that follows a wait for a core is noted as up to 20 ms shorter."""
        self._began = time.monotonic()
        self._waits = without_core_s()
        greenlet.settrace(self.switched)
        while True:
            sleep(PACE_S)
            self._waits = without_core_s()

    def switched(self, _event: str, greenlets: tuple[greenlet.greenlet, greenlet.greenlet]) -> None:
        """Called by greenlet at every switch, with the greenlet that ran and the one that is next.

        The hub's own time is not noted: most of it waits for sockets.
        """
        now = time.monotonic()
        if greenlets[0] is not self._hub and now - self._began >= SHORT_S:
            waits = without_core_s()
            waited = sum(seconds - self._waits.get(name, 0.0) for name, seconds in waits.items())
            self._waits = waits
            if (stall := now - self._began - waited) >= SHORT_S:
                self._observe(stall)
            now = time.monotonic()
        self._began = now


def without_core_s(proc: Path | str = "/proc") -> Waits:
    """Seconds without a core so far: of each thread, and the machine's; what the kernel does not report is left out."""
    waits: Waits = {}
    for thread in os.listdir(f"{proc}/self/task"):
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
