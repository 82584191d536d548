"""The loop of the main thread: turns the showing loop, pings systemd, and sleeps until something is due."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

from player.display.api import Display
from player.show.enrolment_card import EnrolCard
from player.show.game_boards import GameBoards
from player.show.showing import ShowLoop
from player.sync.clock import Clock
from player.sync.timeline_store import TimelineStore
from player.systemd import Watchdog


class WakeUp:
    """Ends the main thread's sleep, from any thread and from signal handlers."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def set(self) -> None:
        os.eventfd_write(self.fd, 1)

    def clear(self) -> None:
        os.eventfd_read(self.fd)


class MainLoop:
    """`on_deviation` is called when what the screen shows begins or ends to differ from the plan, or breaks."""

    def __init__(
        self, *, wake_up: WakeUp, display: Display, clock: Clock, watchdog: Watchdog, showing: ShowLoop,
        store: TimelineStore, card: EnrolCard, boards: GameBoards, on_deviation: Callable[[], None],
    ) -> None:  # fmt: skip
        self._wake_up, self._display, self._clock, self._watchdog = wake_up, display, clock, watchdog
        self._showing, self._store, self._card, self._boards = showing, store, card, boards
        self._on_deviation = on_deviation
        self._deviation = (showing.override, showing.trouble)
        self._stopping = False

    def run(self) -> None:
        while not self._stopping:
            self._sleep_until(self._turn())

    def stop(self) -> None:
        """Safe to call from a signal handler and from any thread."""
        self._stopping = True
        self._wake_up.set()

    def _turn(self) -> int:
        """Returns the monotonic instant at which the next turn is due at the latest."""
        self._showing.take(self._store.timeline)
        self._showing.put_card(self._card.picture)
        due_ns = self._showing.turn()
        self._boards.follow(*self._showing.games)
        deviation = (self._showing.override, self._showing.trouble)
        if deviation != self._deviation:
            self._deviation = deviation
            self._on_deviation()
        x_is_away = self._showing.trouble[0] == "x_server"  # and would be for a new daemon too
        self._watchdog.alive(display_down_ns=0 if x_is_away else self._showing.down_for_ns())
        return due_ns

    def _sleep_until(self, due_ns: int) -> None:
        """Until something is due, the display or another thread wakes this one, or the watchdog must be pinged."""
        nap_ns = max(due_ns - self._clock.now_ns(), 0)
        nap_ns = min(nap_ns, self._watchdog.every_ns or nap_ns)
        readable, _, _ = select.select([self._display.wake_fd, self._wake_up.fd], [], [], nap_ns / 1e9)
        if self._wake_up.fd in readable:
            self._wake_up.clear()
