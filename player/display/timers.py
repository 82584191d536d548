"""Things to do at an instant of CLOCK_MONOTONIC, in order."""

import heapq
import itertools
import time
from collections.abc import Callable


class Timers:
    """A heap of what is due; the loop sleeps for `delay_s` and then runs what is."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, due_ns: int, do: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (due_ns, next(self._order), do))

    def delay_s(self, *, most: float) -> float:
        """How long until the next one is due."""
        if not self._heap:
            return most
        return min(most, max(0.0, (self._heap[0][0] - time.monotonic_ns()) / 1e9))

    def free_for(self, span_ns: int) -> bool:
        """Is nothing due in the next while?"""
        return not self._heap or self._heap[0][0] - time.monotonic_ns() > span_ns

    def run_due(self) -> None:
        while self._heap and self._heap[0][0] <= time.monotonic_ns():
            heapq.heappop(self._heap)[2]()
