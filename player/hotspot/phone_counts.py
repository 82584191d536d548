"""How many phones are on the radio, counted every few seconds: for each play, and for the status.

A round of the daemon's counts, on a thread of its own. The show only reads the counts that are here, so a hotspot that
hangs or is gone never holds it up: its plays are then not measured.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from media.wire.hotspot import PlanReport
from media.wire.message import COLUMN_MOST
from media.wire.plays import MOST_PHONES
from media.wire.status import Hotspot, HotspotCounts
from player.hotspot.messages import Answer, Count, Counts, Ending, Request
from player.line_socket import NoAnswer

COUNT_S = 5.0
VALID_NS = 10 * 10**9  # a count holds for a showing that begins within this time after it
SAMPLES_STORED = 720  # an hour; of a longer showing, the last hour is measured
NS = 10**9


@dataclass(frozen=True)
class Phones:
    """Phones present during a showing: the mean of so many counts, rounded; without a count, not measured."""

    present: int = 0
    samples: int = 0


NOT_MEASURED = Phones()


class NoHotspot:
    """On a box that is no hotspot, no play is measured."""

    def during(self, began_ns: int, ended_ns: int) -> Phones:
        return NOT_MEASURED

    def report(self) -> None:
        return None


class PhoneCounts:
    """Counts, and the latest answer of the privileged unit; safe to use from several threads.

    send: as `HotspotClient.send`; returns within some seconds · now_ns: the monotonic clock of the plays
    """

    def __init__(self, send: Callable[[Request], Answer], now_ns: Callable[[], int]) -> None:
        self._send, self._now_ns = send, now_ns
        self._lock = threading.Lock()
        self._samples: deque[tuple[int, int]] = deque(maxlen=SAMPLES_STORED)  # instant in ns, phones
        self._latest: tuple[int, HotspotCounts, PlanReport] | None = None

    def count(self) -> None:
        """Count once. Without an answer there is no sample of this moment."""
        try:
            answer = self._send(Count())
        except NoAnswer:
            return
        if isinstance(answer, Counts):
            counts, now_ns = _reported(answer), self._now_ns()
            plan = PlanReport(running=answer.plan.running, refused=answer.plan.refused, why=answer.plan.why)
            with self._lock:
                self._samples.append((now_ns, counts.present))
                self._latest = now_ns, counts, plan

    def during(self, began_ns: int, ended_ns: int) -> Phones:
        """The mean of the counts within the showing; of one too short for any, the last count before it."""
        within: list[int] = []
        with self._lock:
            for at_ns, present in reversed(self._samples):
                if at_ns < began_ns:
                    if not within and began_ns - at_ns <= VALID_NS:
                        within.append(present)
                    break
                if at_ns <= ended_ns:
                    within.append(present)
        return Phones(_rounded(sum(within), len(within)), len(within)) if within else NOT_MEASURED

    def report(self) -> Hotspot:
        """For the status: the latest counts, and their age."""
        latest = self._latest
        if latest is None:
            return Hotspot()
        counted_ns, counts, plan = latest
        return Hotspot(counts=counts, age_s=max(self._now_ns() - counted_ns, 0) // NS, plan=plan)


def _rounded(total: int, samples: int) -> int:
    """The mean, half a phone rounded up."""
    return (2 * total + samples) // (2 * samples)


def _reported(counts: Counts) -> HotspotCounts:
    """As the wire allows: phones that hide behind many MACs are no more than a hotspot takes."""
    return HotspotCounts(
        run=counts.run,
        present=min(counts.present, MOST_PHONES),
        online=min(counts.online, MOST_PHONES),
        most_phones=counts.most_phones,
        joins=min(counts.joins, COLUMN_MOST),
        returns=min(counts.returns, COLUMN_MOST),
        refusals=min(counts.refusals, COLUMN_MOST),
        ended_time=min(counts.ended[Ending.TIME], COLUMN_MOST),
        ended_bytes=min(counts.ended[Ending.BYTES], COLUMN_MOST),
        ended_idle=min(counts.ended[Ending.IDLE], COLUMN_MOST),
        join_s=counts.join_s,
        uplink_bytes=counts.uplink_bytes,
    )
