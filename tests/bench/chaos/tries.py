"""The clients' record: every request with its answer, and the figures that follow from them. Pure.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from tests.bench.result import percentile

NO_ANSWER = 0
BUSY = frozenset({503, 507})
PROMPT_S = 5.0
PROMPT_JOB_S = 15.0
SLOWER = 3.0
JOBS = frozenset({"drawn", "published", "rendered"})  # waits for what a worker or the planner does


@dataclass(frozen=True)
class Try:
    """One request of one kind. `status` is 0 where no answer came; `code` is the error's."""

    kind: str
    began: float
    ended: float
    status: int
    retry_after: bool = False
    code: str = ""

    @property
    def failed(self) -> bool:
        return self.status == NO_ANSWER or self.status >= 500

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 400

    @property
    def took_s(self) -> float:
        return self.ended - self.began


def usual_limits(tries: Iterable[Try]) -> dict[str, float]:
    """The seconds by kind beyond which a request is slow: thrice what nearly all took while nothing was broken.

    A busy machine is slow by itself, and that is no trouble that a fault made.
    """
    took_s: dict[str, list[float]] = defaultdict(list)
    for request in tries:
        took_s[request.kind].append(request.took_s)
    return {kind: max(_limit(kind), SLOWER * percentile(each, 0.95)) for kind, each in took_s.items()}


def _limit(kind: str) -> float:
    return PROMPT_JOB_S if kind in JOBS else PROMPT_S


@dataclass
class Record:
    """All requests that ended, in this order, and those that are open (kind, beginning). `limits`: usual_limits."""

    clock: Callable[[], float]
    tries: list[Try] = field(default_factory=list)
    open: dict[int, tuple[str, float]] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    _number: int = 0

    def begin(self, kind: str) -> int:
        self._number += 1
        self.open[self._number] = kind, self.clock()
        return self._number

    def end(self, number: int, status: int, *, retry_after: bool = False, code: str = "") -> None:
        kind, began = self.open.pop(number)
        self.tries.append(Try(kind, began, self.clock(), status, retry_after, code))

    def since(self, at: float) -> list[Try]:
        """The requests that ended since then."""
        return list(takewhile(lambda request: request.ended >= at, reversed(self.tries)))

    def limit(self, kind: str) -> float:
        return self.limits.get(kind, _limit(kind))

    def last_trouble(self, *, since: float) -> float:
        """The end of the last request after `since` that failed or was slow; `since` if there was none."""
        troubled = (t.ended for t in self.since(since) if t.failed or t.took_s > self.limit(t.kind))
        return max(troubled, default=since)

    def awaited(self, since: float) -> set[str]:
        """The kinds of open requests that are older than `since`, or that take longer than they should."""
        now = self.clock()
        return {kind for kind, began in self.open.values() if began < since or now - began > self.limit(kind)}


@dataclass(frozen=True)
class Window:
    """One fault: from its first moment until it was over, and until everything worked again.

    `refusable` are the kinds of requests that this fault makes impossible: they may be answered 503 or 507.
    """

    fault: str
    began: float
    ended: float
    recovered: float
    refusable: frozenset[str] = frozenset()

    @property
    def recovery_s(self) -> float:
        return self.recovered - self.ended

    def touches(self, request: Try) -> bool:
        return request.began <= self.recovered and request.ended >= self.began

    def excuses(self, request: Try) -> bool:
        """A busy answer, that says when to come back, to what cannot be done meanwhile."""
        return request.kind in self.refusable and request.status in BUSY and request.retry_after


def succeeded_since(tries: Iterable[Try], since: float) -> set[str]:
    """The kinds of which a request that was sent since then succeeded."""
    return {t.kind for t in tries if t.began >= since and t.succeeded}


def wrong_answers(tries: Iterable[Try], windows: Sequence[Window]) -> Counter[tuple[str, str]]:
    """Answers of 500 and more that no fault excuses, by fault (empty: between faults) and what they were."""
    wrong: Counter[tuple[str, str]] = Counter()
    for request in tries:
        around = [window for window in windows if window.touches(request)]
        if request.status >= 500 and not any(window.excuses(request) for window in around):
            answer = f"{request.kind} {request.status} {request.code}".strip()
            wrong[around[-1].fault if around else "", answer] += 1
    return wrong


def excused_answers(tries: Iterable[Try], windows: Sequence[Window]) -> Counter[str]:
    """Busy answers by the fault that excuses them."""
    excused: Counter[str] = Counter()
    for request in tries:
        fault = next((w.fault for w in reversed(windows) if w.touches(request) and w.excuses(request)), None)
        if fault is not None:
            excused[fault] += 1
    return excused
