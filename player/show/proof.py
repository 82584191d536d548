"""The proof of each showing: its row in the journal, from its first instant to its last, and what it was worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ulid import ULID

from media.timeline import Timeline
from media.wire.plays import PLAYED_WITHIN_MS, Play, PlayKind, PlayResult
from player.hotspot.phone_counts import Phones
from player.show.choose import Choice
from player.sync.clock import Clock


class Rows(Protocol):
    """Where plays are written."""

    def begin(self, play: Play) -> None: ...
    def finish(
        self, play_id: str, *, ended_ms: int, result: PlayResult, why: str = "", phones: int = 0, samples: int = 0
    ) -> None: ...
    def still_on(self, now_ms: int) -> None: ...


class Audience(Protocol):
    """The phones that were present; answers at once."""

    def during(self, began_ns: int, ended_ns: int) -> Phones: ...


@dataclass(frozen=True)
class ShowRequest:
    """A showing that the display was requested to prepare, or black (empty id).

    at_ns: its instant · requested_ns: when the display received the request · armed: the display has its instant
    """

    id: str
    choice: Choice
    timeline: Timeline | None
    at_ns: int
    requested_ns: int
    armed: bool = False


@dataclass(frozen=True)
class OnScreen:
    """The showing that people see since `began_ns`; `play` is the id of its open row, empty for cards and black."""

    request: ShowRequest
    began_ns: int
    play: str = ""

    @property
    def choice(self) -> Choice:
        return self.request.choice


class Proofs:
    """Begins a row when a showing is seen, and finishes it when it is seen no more."""

    def __init__(self, rows: Rows, clock: Clock, audience: Audience) -> None:
        self._rows = rows
        self._clock = clock
        self._audience = audience

    def begin(self, request: ShowRequest, at_ns: int, *, again: bool = False) -> str:
        """Write the row; the first one carries the showing's own id. Cards and black have none."""
        choice, timeline = request.choice, request.timeline
        if choice.item is None or timeline is None:
            return ""
        began_ms = self._clock.utc_ms(at_ns)
        play = Play(
            id=new_ulid(began_ms) if again else request.id,
            kind=_play_kind(choice),
            screen=timeline.manifest.screen,
            starts_ms=choice.starts_ms,
            item=choice.item.id,
            campaign=choice.item.campaign,
            version=timeline.manifest.version,
            began_ms=began_ms,
            ended_ms=began_ms,
            result="interrupted",
        )
        self._rows.begin(play)
        return play.id

    def end(self, on: OnScreen, at_ns: int, *, cut: str = "", failed: str = "", broken: str = "") -> None:
        """Finish it: `cut` by something else, `failed` by itself, or the display `broken` below it."""
        began_ms, ended_ms = self._clock.utc_ms(on.began_ns), self._clock.utc_ms(at_ns)
        result, why = verdict(on.choice, began_ms, ended_ms, cut=cut, failed=failed)
        if broken:  # noticed late: however long the row seems, nobody knows how much of it was seen
            result, why, ended_ms = "interrupted", broken, min(ended_ms, on.choice.ends_ms)
        phones = self._audience.during(on.began_ns, at_ns)
        self._rows.finish(
            on.play, ended_ms=ended_ms, result=result, why=why or on.choice.why,
            phones=phones.present, samples=phones.samples,
        )  # fmt: skip


def verdict(choice: Choice, began_ms: int, ended_ms: int, *, cut: str, failed: str) -> tuple[PlayResult, str]:
    """Was it a whole showing? If not: broken, taken off by something else, begun late, or ended early by plan."""
    if failed:
        return "failed", failed
    shown_ms = ended_ms - began_ms
    if abs(shown_ms - choice.whole_ms) <= PLAYED_WITHIN_MS:
        return "played", ""
    if shown_ms > choice.whole_ms:
        return "failed", f"held for {shown_ms} instead of {choice.whole_ms} ms"
    if cut:
        return "interrupted", cut
    late = began_ms > choice.starts_ms + PLAYED_WITHIN_MS
    return "short", "begun late" if late else "gave way before its end"


def new_ulid(at_ms: int) -> str:
    return str(ULID.from_timestamp(max(at_ms, 0) / 1000))


def _play_kind(choice: Choice) -> PlayKind:
    return "interrupt" if choice.kind == "interrupt" else "house" if choice.kind == "house" else "spot"
