"""The server's UTC on the box: a line over the monotonic clock. The system clock is read once, and never set.

Trust, in this order: a burst of pings to the server; the line stored on disk, if the box has not been restarted
since; the system clock, if the kernel keeps it (by NTP or a battery clock) and it is neither behind the last
instant known to have passed nor months beyond it. Until one of them holds, house content plays.

Why a line: planning and showing need a clock that never jumps while something is visible. The monotonic clock never
jumps, so the server's UTC is written as a function of it (`Line`), and a correction only changes its slope: 500 ppm
make up 30 ms in a minute. A difference over 150 ms would take too long; it is stepped over between two showings.

Units: `_ns` is CLOCK_MONOTONIC in nanoseconds, `_ms` is UTC in milliseconds since 1970; rates are without unit
(1e-6 is one millisecond in 1,000 seconds).
"""

from __future__ import annotations

import ctypes
import json
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from media.clock import Estimate, Sample, best_of, estimate
from player.files import read_if_there, write_whole

logger = logging.getLogger(__name__)

SLEW = 500e-6  # no eye and no ear notices it
STEP_MS = 150.0  # more than this would take over five minutes to slew away: stepped between two showings
KEEP_EVERY_NS = 60 * 10**9  # each is a write to the card
PLAUSIBLE_AHEAD_MS = 90 * 86_400_000  # a box that was off for longer waits for the server
RESTART_ERROR_MS = 1000.0  # of a system clock that the kernel keeps
UNCORRECTED_RATE = 100e-6  # how far a quartz may run off while nobody corrects the line
BURSTS_KEPT = 120  # two hours of them, enough to fit the quartz's skew
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class TimeSource:
    """The clocks of this machine; tests pass others."""

    mono_ns: Callable[[], int]
    system_ms: Callable[[], int]
    system_keeps_time: Callable[[], bool]
    boot_id: str


@dataclass(frozen=True)
class Line:
    """UTC as a line over the monotonic clock, through the point (`mono_ns`, `utc_ms`).

    rate: how much faster than the monotonic clock UTC runs, for good (the quartz's skew) ·
    slew: added to the rate until `slew_until_ns`, to catch up or to fall back
    """

    mono_ns: int
    utc_ms: float
    rate: float = 0.0
    slew: float = 0.0
    slew_until_ns: int = 0

    def utc_at(self, mono_ns: int) -> float:
        passed = (mono_ns - self.mono_ns) / 1e6
        slewed = (min(mono_ns, self.slew_until_ns) - self.mono_ns) / 1e6 if self.slew else 0.0
        return self.utc_ms + passed * (1 + self.rate) + max(slewed, 0.0) * self.slew

    def mono_at(self, utc_ms: float) -> int:
        """The inverse of `utc_at`, by repeated correction.

        Each round leaves less than a thousandth of the error before it, as the rates are less than that: after three
        rounds an error of a day is below a nanosecond's rounding.
        """
        mono_ns = self.mono_ns + round((utc_ms - self.utc_ms) * 1e6)
        for _ in range(3):
            mono_ns += round((utc_ms - self.utc_at(mono_ns)) * 1e6)
        return mono_ns


@dataclass(frozen=True)
class StoredLine:
    """The line as it is stored on the disk: of which boot it is, and an instant that has passed for certain."""

    boot_id: str
    mono_ns: int
    utc_ms: float
    rate: float
    error_ms: float


class Clock:
    """`now_ms()` is the server's UTC as well as it is known; `trusted`: whether to plan by it."""

    def __init__(self, source: TimeSource, path: Path) -> None:
        self._source = source
        self._path = path
        self._bests: deque[Sample] = deque(maxlen=BURSTS_KEPT)
        self._lock = threading.Lock()
        self._estimate: Estimate | None = None
        self._start_error_ms = math.inf
        self._step_due = False
        self.trusted = False
        self.steps = 0
        self._line = self._first_line()
        self._stored_ns = self.now_ns()

    def now_ns(self) -> int:
        return self._source.mono_ns()

    def now_ms(self) -> int:
        return math.floor(self._line.utc_at(self.now_ns()))

    def utc_ms(self, mono_ns: int) -> int:
        return round(self._line.utc_at(mono_ns))

    def at_ns(self, utc_ms: int) -> int:
        return self._line.mono_at(utc_ms)

    @property
    def local_ms(self) -> float:
        """The clock that pings are timed with."""
        return self.now_ns() / 1e6

    @property
    def offset_ms(self) -> float | None:
        """How far this clock is from the best estimate of the server's, while it is being slewed there."""
        return None if self._estimate is None else self._line.utc_at(self.now_ns()) - self._estimated_ms()

    @property
    def error_ms(self) -> float | None:
        """How wrong this clock can be, in all; None while nobody knows."""
        if self._estimate is not None:
            return abs(self.offset_ms or 0.0) + self._estimate.error_at(self.local_ms)
        return self._start_error_ms if self.trusted else None

    def learn(self, burst: Sequence[Sample]) -> None:
        """Correct the clock by a burst of pings: the first one sets it, later ones change its slope."""
        with self._lock:
            self._bests.append(best_of(burst))
            self._estimate, first = estimate(list(self._bests)), self._estimate is None
            if not self.trusted:
                self._step()
                self.trusted = True
                logger.info("clock trusted error_ms=%.1f", self._estimate.error_ms)
            else:
                self._bend()
        self.keep_if_due(at_once=first)

    def at_border(self) -> None:
        """Called between two showings, where a great difference may be stepped over without being seen."""
        with self._lock:
            if self._step_due:
                logger.info("clock stepped by_ms=%.0f", -(self.offset_ms or 0.0))
                self._step()
                self.steps += 1

    def keep_if_due(self, *, at_once: bool = False) -> None:
        """Store the instant that has certainly passed; a clock that is not trusted must not raise this lower bound."""
        now_ns = self.now_ns()
        if self.trusted and (at_once or now_ns - self._stored_ns >= KEEP_EVERY_NS):
            self._stored_ns = now_ns
            stored = StoredLine(
                self._source.boot_id, now_ns, self._line.utc_at(now_ns), self._line.rate, self.error_ms or 0.0
            )
            try:
                write_whole(self._path, json.dumps(asdict(stored)).encode())
            except OSError as error:  # a full disk makes the lower bound some minutes old, and stops nothing
                logger.warning("clock not stored why=%s", error.strerror)

    def _estimated_ms(self) -> float:
        assert self._estimate is not None
        return self.local_ms + self._estimate.offset_at(self.local_ms)

    def _step(self) -> None:
        assert self._estimate is not None
        self._line = Line(self.now_ns(), self._estimated_ms(), self._estimate.skew)
        self._step_due = False

    def _bend(self) -> None:
        """Run 500 ppm faster or slower until the difference is gone.

        The new line begins where the old one is now, so the clock does not jump. `slew` has the sign of the difference,
        so `missing / slew` is the positive time in ms that it takes.
        """
        assert self._estimate is not None
        now_ns = self.now_ns()
        here = self._line.utc_at(now_ns)
        missing = self._estimated_ms() - here
        self._step_due = abs(missing) > STEP_MS
        slew = math.copysign(SLEW, missing)
        until_ns = now_ns + round(missing / slew * 1e6)
        self._line = Line(now_ns, here, self._estimate.skew, slew, until_ns)

    def _first_line(self) -> Line:
        now_ns, system_ms = self._source.mono_ns(), float(self._source.system_ms())
        stored = _read_stored(self._path)
        if stored is not None and stored.boot_id == self._source.boot_id and stored.mono_ns <= now_ns:
            return self._go_on(stored)
        floor_ms = stored.utc_ms if stored is not None else 0.0
        if stored is not None and self._source.system_keeps_time() and 0 <= system_ms - floor_ms <= PLAUSIBLE_AHEAD_MS:
            self._trust(RESTART_ERROR_MS, "the system clock")
            return Line(now_ns, system_ms)
        logger.warning("clock not trusted system_ms=%d floor_ms=%d", system_ms, floor_ms)
        return Line(now_ns, max(system_ms, floor_ms))

    def _go_on(self, stored: StoredLine) -> Line:
        """Restarted without a reboot: the monotonic clock went on meanwhile, and the line holds."""
        away_ms = (self._source.mono_ns() - stored.mono_ns) / 1e6
        self._trust(stored.error_ms + away_ms * UNCORRECTED_RATE, "the line stored on disk")
        return Line(stored.mono_ns, stored.utc_ms, stored.rate)

    def _trust(self, error_ms: float, why: str) -> None:
        self.trusted, self._start_error_ms = True, error_ms
        logger.info("clock trusted by=%r error_ms=%.0f", why, error_ms)


def machine_time() -> TimeSource:
    return TimeSource(
        mono_ns=time.monotonic_ns,
        system_ms=lambda: time.time_ns() // 1_000_000,
        system_keeps_time=kernel_keeps_time,
        boot_id=this_boot(),
    )


def this_boot() -> str:
    """The kernel's name for this boot; where it is hidden every start counts as a boot, and only trust is slower."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return uuid4().hex


def kernel_keeps_time() -> bool:
    """Does NTP discipline this clock, or did a battery clock set it? A Pi has none and wakes up in the past."""
    return _synchronised() or SYNCHRONISED.exists() or any(Path("/sys/class/rtc").glob("rtc*"))


def _synchronised() -> bool:
    """Does the kernel say so? A hardened service may not ask, and gets no for an answer."""
    timex = ctypes.create_string_buffer(512)  # struct timex, zeroed: modes 0 only reads
    time_error = 5
    return ctypes.CDLL(None, use_errno=True).adjtimex(timex) not in (-1, time_error)


def _read_stored(path: Path) -> StoredLine | None:
    raw = read_if_there(path)
    if raw is None:
        return None
    try:
        return StoredLine(**json.loads(raw))
    except (ValueError, TypeError):
        logger.warning("stored clock unreadable path=%s", path)
        return None
