"""Telling systemd: ready, alive, and what we are doing. Without systemd nothing of this does anything."""

from __future__ import annotations

import os
import time

import sdnotify

SILENT_NS = 60 * 10**9  # a display that is broken for longer is not going to mend itself


class Watchdog:
    """Pings the watchdog from the loop that shows, and only while it has something to show on."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier() if "NOTIFY_SOCKET" in os.environ else None
        self._every_ns = int(os.environ.get("WATCHDOG_USEC", "0")) * 1000 // 3
        self._pinged_ns = 0
        self._reported = ""

    @property
    def every_ns(self) -> int | None:
        """How often `alive` must be called at least."""
        return self._every_ns or None

    def ready(self) -> None:
        self._notify("READY=1")

    def stopping(self) -> None:
        self._notify("STOPPING=1")

    def alive(self, *, display_down_ns: int) -> None:
        """The loop turned: a ping, unless the display has not come back for so long that all should start anew."""
        now_ns = time.monotonic_ns()
        if self._every_ns and now_ns - self._pinged_ns >= self._every_ns and display_down_ns < SILENT_NS:
            self._pinged_ns = now_ns
            self._notify("WATCHDOG=1")

    def report(self, activity: str) -> None:
        if activity != self._reported:
            self._reported = activity
            self._notify(f"STATUS={activity}")

    def close(self) -> None:
        if self._notifier is not None:
            self._notifier.socket.close()

    def _notify(self, activity: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(activity)
