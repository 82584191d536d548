"""Writers wait their turn before they take a connection, so that a stuck one never leaves readers without.

Every connection that waits for a lock is one that no reader can have. So only a few writers of a process hold a
connection at a time; the others wait here, and give up after some seconds. Writes of which many at once may wait for
one row, as claims of one offer do, take half of the turns at most: the others stay free for everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from server.db.errors import DatabaseBusy

MOST_WAITING = 500


class Slots(Protocol):
    """A semaphore of `threading`, or of gevent in the hub."""

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool: ...

    def release(self) -> None: ...


class WriteQueue:
    """At most as many writers at a time as there are slots, and a bounded number that wait, for a bounded time.

    contended: fewer slots, of which a contended write takes one besides one of `slots`
    """

    def __init__(
        self,
        slots: Slots,
        contended: Slots,
        *,
        patience_s: float,
        most_waiting: int = MOST_WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots = slots
        self.contended = contended
        self.patience_s = patience_s
        self.most_waiting = most_waiting
        self.clock = clock
        self.waiting = 0
        self._count = Lock()

    @contextmanager
    def turn(self, *, contended: bool = False) -> Iterator[None]:
        """Raises DatabaseBusy if no slot becomes free in time, or too many wait already.

        contended: many such writes at once may wait for the same row
        """
        # The scarcer slot first: a write that waits for it must hold no other.
        taken = (self.contended, self.slots) if contended else (self.slots,)
        with ExitStack() as turn:
            with self._in_queue():
                give_up_at = self.clock() + self.patience_s
                for slots in taken:
                    if not slots.acquire(timeout=max(0.0, give_up_at - self.clock())):
                        raise DatabaseBusy
                    turn.callback(slots.release)
            yield

    @contextmanager
    def _in_queue(self) -> Iterator[None]:
        with self._count:
            if self.waiting >= self.most_waiting:
                raise DatabaseBusy
            self.waiting += 1
        try:
            yield
        finally:
            with self._count:
                self.waiting -= 1


_queues: WeakKeyDictionary[Engine, WriteQueue] = WeakKeyDictionary()


def install_queue(engine: Engine, queue: WriteQueue) -> None:
    _queues[engine] = queue


def queue_of(engine: Engine) -> WriteQueue:
    return _queues[engine]
