"""PostgreSQL in the gevent hub: the hub itself waits for an answer that comes at once, and only then serves others.

Nearly every statement is answered within a millisecond. A greenlet that left the hub for it would go on only when the
hub comes back to it. While the hub is busy that takes a tenth of a second for every statement, with rows locked and a
connection taken: hundreds of requests then waited for connections that did nothing.
"""

from __future__ import annotations

import select
from typing import Any, TypeVar, cast

import psycopg
from gevent.monkey import get_original
from psycopg.abc import PQGen
from psycopg.waiting import READY_NONE, READY_R, READY_W, WAIT_R, WAIT_RW, WAIT_W, Wait

AT_ONCE_S = 0.005
LEAST_S = 0.0001

R = TypeVar("R")
poll = get_original("select", "poll")
POLLED = {WAIT_R: select.POLLIN, WAIT_W: select.POLLOUT, WAIT_RW: select.POLLIN | select.POLLOUT}


class HubPostgresConnection(psycopg.Connection[Any]):
    """A connection to PostgreSQL for greenlets.

    Where answers never come at once, because the database is far away or busy, the hub hardly waits for them.
    """

    _at_once_s = AT_ONCE_S

    def wait(self, gen: PQGen[R], *args: Any, **kwargs: Any) -> R:
        return super().wait(self._yielding_late(gen), *args, **kwargs)

    def _yielding_late(self, gen: PQGen[R]) -> PQGen[R]:
        """The same generator, which yields, and so leaves the hub, only where its socket is not ready at once."""
        try:
            state = next(gen)
            while True:
                ready = self._ready_at_once(state) or (yield state)
                while ready == READY_NONE:  # still nothing, after the interval of psycopg's wait
                    gen.send(ready)
                    ready = yield state
                state = gen.send(ready)
        except StopIteration as end:
            return cast(R, end.value)

    def _ready_at_once(self, state: Wait) -> int:
        """The state of the socket as soon as it is ready, or READY_NONE."""
        sockets = poll()
        sockets.register(self.pgconn.socket, POLLED[state])
        events = sum(event for _, event in sockets.poll(self._at_once_s * 1000))
        self._at_once_s = AT_ONCE_S if events else max(LEAST_S, self._at_once_s / 2)
        readable, writable = events & ~select.POLLOUT, events & ~select.POLLIN  # an error is for both
        return (READY_R if readable else READY_NONE) | (READY_W if writable else READY_NONE)
