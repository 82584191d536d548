"""The event that SIGTERM and SIGINT set."""

from __future__ import annotations

import signal
import threading


def stop_on_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
