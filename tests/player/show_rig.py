"""A showing loop on a fake display and a fake clock: time passes only when a test says so."""

from __future__ import annotations

import select
from dataclasses import dataclass, field
from pathlib import Path

from media.clock import Sample
from media.timeline import Timeline
from media.wire.plays import Play, PlayResult
from media.wire.timeline import Item
from player.hotspot.messages import Answer, Counts, Ending, Request
from player.hotspot.phone_counts import PhoneCounts
from player.line_socket import NoAnswer
from player.show.showing import ShowLoop
from player.sync.clock import Clock, TimeSource
from tests.player.fake_display import FakeDisplay
from tests.player.timelines import MONDAY_MS

MS = 1_000_000


@dataclass
class FakeTime:
    """A machine's clocks, moved by hand."""

    mono_ns: int = 5_000_000 * MS
    system_ms: int = MONDAY_MS
    keeps_time: bool = True
    boot_id: str = "boot-1"

    def source(self) -> TimeSource:
        return TimeSource(lambda: self.mono_ns, lambda: self.system_ms, lambda: self.keeps_time, self.boot_id)

    def pass_ms(self, ms: float) -> None:
        self.mono_ns += round(ms * MS)
        self.system_ms += round(ms)


def ping(time: FakeTime, server_ms: float, *, round_trip_ms: float = 2.0) -> list[Sample]:
    """A burst of one ping, answered by a server whose clock says so now."""
    local = time.mono_ns / MS
    return [Sample(local - round_trip_ms / 2, server_ms, server_ms, local + round_trip_ms / 2)]


@dataclass
class RowsInMemory:
    plays: dict[str, Play] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def begin(self, play: Play) -> None:
        assert play.id not in self.plays, "a showing begins once"
        self.plays[play.id] = play
        self.open.add(play.id)

    def finish(
        self, play_id: str, *, ended_ms: int, result: PlayResult, why: str = "", phones: int = 0, samples: int = 0
    ) -> None:
        self.open.remove(play_id)
        counted = {"phones": phones, "phones_samples": samples}
        self.plays[play_id] = self.plays[play_id].model_copy(
            update={"ended_ms": ended_ms, "result": result, "why": why} | counted
        )

    def still_on(self, now_ms: int) -> None:
        """A fake has nothing to lose."""

    def done(self) -> list[Play]:
        return [play for play in self.plays.values() if play.id not in self.open]


@dataclass
class Shelf:
    """Media that are here, but for those that a test takes away."""

    gone: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    def usable(self, item: Item, *, urgent: bool = False) -> str:
        return f"{item.id} is not here" if item.id in self.gone else ""

    def path(self, item: Item) -> Path:
        return Path("/media") / item.id

    def fail(self, item: Item, why: str) -> None:
        self.failed.append(item.id)
        self.gone.add(item.id)


class NoStrips:
    def ahead(self, timeline: Timeline | None, item: Item | None) -> None:
        """Nothing to draw."""

    def at_hand(self, item: Item | None) -> Path | None:
        return None


def counts_of(present: int) -> Counts:
    """The answer of the privileged process with so many phones on the radio."""
    ended = dict.fromkeys(Ending, 0)
    return Counts(
        run="run-1", present=present, online=0, most_phones=8, join_s=None, uplink_bytes=None,
        joins=0, returns=0, refusals=0, ended=ended,
    )  # fmt: skip


class Box:
    """A player without network and disk. `run_to` lets time pass, turn by turn, as the daemon would."""

    def __init__(self, folder: Path, *, at_ms: int = MONDAY_MS, trusted: bool = True) -> None:
        self.time = FakeTime(system_ms=at_ms)
        self.clock = Clock(self.time.source(), folder / "clock")
        if trusted:
            self.clock.learn(ping(self.time, at_ms))
        self.display = FakeDisplay(auto=False)
        self.opens = True
        self.opens_in_ms = 50.0
        self.rows = RowsInMemory()
        self.shelf = Shelf()
        self.phone_counts = PhoneCounts(self._count, self.clock.now_ns)
        self.present: int | None = None  # phones on the radio; None: the hotspot does not answer
        self.loop = ShowLoop(
            self.display, self.clock, library=self.shelf, rows=self.rows, strips=NoStrips(), audience=self.phone_counts
        )
        self._opened: set[str] = set()

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    @property
    def shows(self) -> str | None:
        """The item that people see."""
        if self.display.visible is None:
            return None
        return self.display.visible.path.name

    def run_to(self, at_ms: int) -> None:
        """Until the server's clock says so."""
        end_ns = self.clock.at_ns(at_ms)
        while True:
            due_ns = self.loop.turn()
            self._display_works()
            while select.select([self.display.wake_fd], [], [], 0)[0]:
                due_ns = self.loop.turn()
            due_ns = min(due_ns, *self._display_due(), end_ns)
            if self.time.mono_ns >= end_ns:
                return
            self.time.pass_ms(max(due_ns - self.time.mono_ns, MS) / MS)

    def run_for(self, ms: int) -> None:
        self.run_to(self.now_ms + ms)

    def count_phones(self, present: int | None) -> None:
        self.present = present
        self.phone_counts.count()

    def _count(self, request: Request) -> Answer:
        if self.present is None:
            raise NoAnswer("requests: no such file")
        return counts_of(self.present)

    def _display_works(self) -> None:
        display, now_ns = self.display, self.time.mono_ns
        if display.armed is not None and now_ns >= display.armed[1]:
            display.make_shown(at_ns=display.armed[1])
        elif display.prepared is not None and self._is_opening():
            self.time.pass_ms(self.opens_in_ms)
            self._opened.add(display.prepared.id)
            display.make_ready(at_ns=self.time.mono_ns)

    def _display_due(self) -> list[int]:
        if self._is_opening():
            return [0]
        return [self.display.armed[1]] if self.display.armed else []

    def _is_opening(self) -> bool:
        prepared = self.display.prepared
        return self.opens and prepared is not None and prepared.id not in self._opened and self.display.armed is None
