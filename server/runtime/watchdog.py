"""systemd's watchdog: a process pings it as long as its loop runs; otherwise systemd restarts the process."""

from __future__ import annotations

import os
from collections.abc import Callable

from sdnotify import SystemdNotifier


def ping_watchdog(sleep: Callable[[float], object]) -> None:
    """Say READY once, then ping twice in each watchdog period, for ever; outside systemd it returns at once."""
    if not os.environ.get("NOTIFY_SOCKET"):
        return
    notifier = SystemdNotifier()
    notifier.notify("READY=1")
    period_s = int(os.environ.get("WATCHDOG_USEC", "20000000")) / 1e6
    while True:
        notifier.notify("WATCHDOG=1")
        sleep(period_s / 2)
