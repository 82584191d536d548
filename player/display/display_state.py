"""The state that the display should be in: enough to put it all back on a child that has just started. Pure."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from player.display.api import NotPrepared, Showing
from player.display.json_socket import Message

MS = 1_000_000
REJOIN_NS = 800 * MS  # a new child opens a film within this
STRIKES = 3  # so many deaths in a row by its own fault, and a showing is given up


@dataclass
class DisplayState:
    """The strip, what is visible since when, and what waits."""

    png: Path | None = None
    visible: Showing | None = None
    since_ns: int = 0
    blank_ns: int | None = None
    waiting: list[Showing] = field(default_factory=list)
    show_at: dict[str, int] = field(default_factory=dict)
    strikes: dict[str, int] = field(default_factory=dict)
    opening: set[str] = field(default_factory=set)  # this child was sent them, and has not drawn them yet

    def prepare(self, showing: Showing) -> None:
        self.waiting = [*self.waiting, showing][-2:]
        self.opening.add(showing.id)
        self._forget_instants()

    def opened(self, showing_id: str) -> None:
        self.opening.discard(showing_id)

    def show(self, showing_id: str, at_ns: int) -> None:
        if all(showing.id != showing_id for showing in self.waiting):
            raise NotPrepared
        self.show_at[showing_id] = at_ns

    def shown(self, showing_id: str, at_ns: int) -> None:
        for showing in self.waiting:
            if showing.id == showing_id:
                self.visible, self.since_ns = showing, at_ns
        self._drop_waiting(showing_id)

    def failed(self, showing_id: str) -> None:
        self.opened(showing_id)
        self._drop_waiting(showing_id)
        if self.visible and self.visible.id == showing_id:
            self.visible = None

    def blame(self, *, stalled: bool = False) -> list[str]:
        """Count the child's death against the files that may have caused it; returns the showings to give up.

        A film is suspect while the child opens it and while it plays; `stalled` suspects what plays alone.
        A picture that is drawn is the X server's, and cannot harm the child.
        """
        suspects = self._playing() if stalled else self._opening() or self._playing()
        for showing_id in suspects:
            self.strikes[showing_id] = self.strikes.get(showing_id, 0) + 1
        given_up = [showing_id for showing_id in suspects if self.strikes[showing_id] >= STRIKES]
        for showing_id in given_up:
            self.failed(showing_id)
        return given_up

    def lived(self) -> None:
        """The child has been well for a while: no file that it shows caused the deaths before."""
        self.strikes.clear()

    def is_black(self, now_ns: int) -> bool:
        return self.blank_ns is not None and self.since_ns <= self.blank_ns <= now_ns

    def again(self, now_ns: int) -> list[Message]:
        """The messages that bring a new child to this state; the visible showing joins where it would be by now."""
        messages: list[Message] = [strip_message(self.png)]
        rejoins = self.rejoins(now_ns)
        self.opening = {showing.id for showing in (*self.waiting, rejoins) if showing is not None}
        if rejoins is not None:
            at_ns = now_ns + REJOIN_NS
            gone_ms = (at_ns - self.since_ns) // MS
            messages.append(prepare_message(replace(rejoins, from_ms=rejoins.from_ms + gone_ms)))
            messages.append(show_message(rejoins.id, at_ns))
        for showing in self.waiting:
            messages.append(prepare_message(showing))
            if showing.id in self.show_at:
                messages.append(show_message(showing.id, self.show_at[showing.id]))
        if self.blank_ns is not None and self.blank_ns > now_ns:
            messages.append(blank_message(self.blank_ns))
        return messages

    def rejoins(self, now_ns: int) -> Showing | None:
        """The visible one, unless the screen is black or the next is due before it could be back."""
        soon_ns = now_ns + 2 * REJOIN_NS
        replaced = any(self.show_at.get(showing.id, soon_ns) < soon_ns for showing in self.waiting)
        return None if replaced or self.is_black(now_ns) else self.visible

    def _opening(self) -> list[str]:
        return [showing.id for showing in (*self.waiting, self.visible) if showing and showing.id in self.opening]

    def _playing(self) -> list[str]:
        return [self.visible.id] if self.visible and not self.visible.is_still else []

    def _drop_waiting(self, showing_id: str) -> None:
        self.waiting = [showing for showing in self.waiting if showing.id != showing_id]
        self._forget_instants()

    def _forget_instants(self) -> None:
        kept = {showing.id for showing in self.waiting}
        self.show_at = {id: at_ns for id, at_ns in self.show_at.items() if id in kept}


@dataclass(frozen=True)
class Playback:
    """The visible showing as the child last reported it: at `at_ns` it was at `time_ms`, and `runs` on if it does."""

    id: str | None = None
    playing: bool = False
    time_ms: int = 0
    at_ns: int = 0
    runs: bool = False

    def is_stalled(self, now_ns: int, *, stall_s: float) -> bool:
        """Does a film play without moving? Stills and held last frames do not play."""
        return self.playing and now_ns - self.at_ns > stall_s * 1e9

    def time_at(self, now_ns: int) -> int:
        return self.time_ms + (max(0, now_ns - self.at_ns) // MS if self.runs else 0)


def prepare_message(showing: Showing) -> Message:
    return {"do": "prepare", "showing": {**asdict(showing), "path": str(showing.path.absolute())}}


def show_message(showing_id: str, at_ns: int) -> Message:
    return {"do": "show", "id": showing_id, "at_ns": at_ns}


def blank_message(at_ns: int) -> Message:
    return {"do": "blank", "at_ns": at_ns}


def strip_message(png: Path | None) -> Message:
    return {"do": "strip", "png": str(png.absolute()) if png else None}
