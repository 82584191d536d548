"""Counting tries: so many of a kind within a time by one address, person or till. Knows no request.

A try is counted before it is made, and given back when it was none that counts (a right code, a claim that was not
written). So parallel tries never get past a limit. Tries that may still be given back are waited for: fifty right codes
at once from one address are all let through, a few at a time.

The counts are in Redis where several processes share them, and in this process without Redis or while it is away.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from limits import RateLimitItem
from limits.storage import RedisStorage, Storage
from redis.exceptions import RedisError

from server.errors import LiftcastError
from server.http.memory_counts import MemoryCounts
from server.redis_link import RedisLink

Result = TypeVar("Result")

# As long as a request may take to find out whether its try counts.
WAIT_S = 15.0


class TooManyTries(LiftcastError):
    """There were too many tries, so this one was not checked. Your input may be correct: send it again later."""

    status = 429


class TriesUnderWay(LiftcastError):
    """Too many requests like this one are still under way. Send it again in a moment."""

    status = 503
    retry_after_s = 5


@dataclass(frozen=True)
class Limit:
    """`rate` tries of this kind; `whose`: the address, person or till whose they are.

    counts_as: for how many one counts, as with a message of many plays
    """

    rate: RateLimitItem
    kind: str
    whose: str
    counts_as: int = 1

    @property
    def key(self) -> str:
        return str(self.rate.key_for(self.kind, self.whose))


@dataclass
class Taken:
    """One try, counted where `storage` says."""

    limit: Limit
    storage: Storage


class _Line:
    """Tries of one key in this process: whose turn it is to count, and how many may still be given back."""

    def __init__(self) -> None:
        self.turn = threading.Condition()
        self.under_way = 0
        self.users = 0


@dataclass
class Tries:
    """The tries of one request; each counts unless it is given back."""

    taken: list[Taken] = field(default_factory=list)
    counts: bool = True

    def give_back(self) -> None:
        self.counts = False


class TryCounter:
    """Takes tries and gives them back. Safe for threads, greenlets, and processes that share a Redis."""

    def __init__(self, link: RedisLink | None = None) -> None:
        self._link = link
        self._own: Storage = MemoryCounts()
        self._shared = RedisStorage("redis://", connection_pool=link.client.connection_pool) if link else None
        self._owed: list[Taken] = []
        self._lines: dict[str, _Line] = {}
        self._lines_lock = threading.Lock()

    def reset(self) -> None:
        """Forget what was counted in this process."""
        self._own.reset()

    @contextmanager
    def taking(self, limits: Sequence[Limit]) -> Iterator[Tries]:
        """A try of each limit, in the given order, for as long as the block runs.

        Raises TooManyTries or TriesUnderWay.
        """
        tries = Tries()
        try:
            self._take_all(limits, tries)
            yield tries
        finally:
            for taken in tries.taken:
                self._settle(taken, counts=tries.counts)

    def _take_all(self, limits: Sequence[Limit], tries: Tries) -> None:
        """A try that one of its limits refuses is not made, so it counts for none of the others."""
        tries.counts = False
        for limit in limits:
            tries.taken.append(self._take(limit))
        tries.counts = True

    def _take(self, limit: Limit) -> Taken:
        """Wait while this process has tries of this key under way that may be given back."""
        until_s = time.monotonic() + WAIT_S
        self._pay_back()
        with self._line(limit.key) as line, line.turn:
            while (storage := self._count(limit)) is None:
                self._wait_in(line, limit, until_s)
            line.under_way += 1
        return Taken(limit, storage)

    def _wait_in(self, line: _Line, limit: Limit, until_s: float) -> None:
        if line.under_way and line.turn.wait(until_s - time.monotonic()):
            return
        line.turn.notify()  # the next in the line must not wait for a turn that this one takes along
        if line.under_way:
            raise TriesUnderWay
        raise TooManyTries(retry_after_s=self._resets_in_s(limit))

    def _settle(self, taken: Taken, *, counts: bool) -> None:
        with self._line(taken.limit.key) as line, line.turn:
            if not counts:
                self._uncount(taken)
            line.under_way -= 1
            line.turn.notify()

    @contextmanager
    def _line(self, key: str) -> Iterator[_Line]:
        """The key's line, which is forgotten when nobody is in it."""
        with self._lines_lock:
            line = self._lines.setdefault(key, _Line())
            line.users += 1
        try:
            yield line
        finally:
            with self._lines_lock:
                line.users -= 1
                if not line.users and not line.under_way:
                    self._lines.pop(key, None)

    # --- the storage

    def _count(self, limit: Limit) -> Storage | None:
        """Where the try was counted; None if there are as many as may be. Refused tries are not counted."""
        return self._in_storage(lambda storage: storage if _count_one(storage, limit) else None)

    def _uncount(self, taken: Taken) -> None:
        """Back into the storage that counted it, when that answers again: a right code must not count as wrong."""
        if taken.storage is self._shared and not self._is_shared():
            self._owed.append(taken)
            return
        try:
            if taken.storage.get(taken.limit.key) > 0:
                taken.storage.incr(taken.limit.key, taken.limit.rate.get_expiry(), amount=-taken.limit.counts_as)
        except RedisError as error:
            self._report(error)
            self._owed.append(taken)

    def _pay_back(self) -> None:
        if self._owed and self._is_shared():
            owed, self._owed = self._owed, []
            for taken in owed:
                self._uncount(taken)

    def _resets_in_s(self, limit: Limit) -> int:
        expiry_s = self._in_storage(lambda storage: storage.get_expiry(limit.key))
        return max(1, math.ceil(expiry_s - time.time()))

    def _in_storage(self, call: Callable[[Storage], Result]) -> Result:
        if self._shared is not None and self._is_shared():
            try:
                return call(self._shared)
            except RedisError as error:
                self._report(error)
        return call(self._own)

    def _is_shared(self) -> bool:
        return self._link is not None and self._link.is_up

    def _report(self, error: RedisError) -> None:
        if self._link is not None:
            self._link.report_failure(error)


def _count_one(storage: Storage, limit: Limit) -> bool:
    """The increment decides: another process may have counted since the look before it."""
    expiry_s, amount = limit.rate.get_expiry(), limit.counts_as
    if storage.get(limit.key) + amount > limit.rate.amount:
        return False
    if storage.incr(limit.key, expiry_s, amount=amount) <= limit.rate.amount:
        return True
    storage.incr(limit.key, expiry_s, amount=-amount)
    return False
