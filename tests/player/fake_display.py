"""A Display without a screen: obeys the same API, and asserts that the daemon keeps the order of calls."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from player.display.api import Cause, Event, NotPrepared, Showing

BLACK_JPEG = bytes.fromhex("ffd8ffd9")


@dataclass
class FakeDisplay:
    """Answers at once when `auto`, otherwise when the test says `make_ready`, `make_shown`, `fail`, `die`."""

    auto: bool = True
    size: tuple[int, int] = (640, 360)
    broken: dict[str, str] = field(default_factory=dict)  # file name -> why it fails
    calls: list[tuple[str, object]] = field(default_factory=list)
    prepared: Showing | None = None
    armed: tuple[str, int] | None = None
    visible: Showing | None = None
    blank_at_ns: int | None = None
    strip_png: Path | None = None
    position: int | None = None
    closed: bool = False

    def __post_init__(self) -> None:
        self.wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.x_display = ""
        self._events: list[Event] = []
        self._lock = threading.Lock()

    @property
    def prepares(self) -> list[Showing]:
        return [what for call, what in self.calls if call == "prepare" and isinstance(what, Showing)]

    @property
    def shows(self) -> list[tuple[str, int]]:
        return [what for call, what in self.calls if call == "show" and isinstance(what, tuple)]

    def prepare(self, showing: Showing) -> None:
        self._note("prepare", showing)
        assert showing.length_ms > 0, "a showing has a length"
        assert not self.visible or self.visible.id != showing.id, "what is visible is not prepared again"
        self.prepared, self.armed = showing, None
        why = self.broken.get(showing.path.name)
        if why is not None:
            self.fail(showing.id, why)
        elif self.auto:
            self.make_ready()

    def show(self, showing_id: str, at_ns: int) -> None:
        self._note("show", (showing_id, at_ns))
        if self.prepared is None or self.prepared.id != showing_id:
            raise NotPrepared
        self.armed = (showing_id, at_ns)
        if self.auto:
            self.make_shown()

    def blank(self, at_ns: int) -> None:
        self._note("blank", at_ns)
        self.blank_at_ns, self.visible = at_ns, None

    def strip(self, png: Path | None) -> None:
        self._note("strip", png)
        assert png is None or png.is_file(), "the strip is on the disk before it is shown"
        self.strip_png = png

    def events(self) -> list[Event]:
        assert not self.closed, "a closed display has no events"
        with self._lock:
            if self._events:
                os.eventfd_read(self.wake_fd)
            taken, self._events = self._events, []
            return taken

    def picture(self) -> bytes | None:
        return None if self.closed else BLACK_JPEG

    def position_ms(self) -> int | None:
        return self.position if self.visible else None

    def start_over(self) -> None:
        self._note("start_over", None)
        self.die("it was restarted on request")
        self.restart()

    def close(self) -> None:
        assert not self.closed, "a display is closed once"
        self.closed = True
        os.close(self.wake_fd)

    # Events that the test causes

    def make_ready(self, *, at_ns: int = 0) -> None:
        assert self.prepared is not None, "something was prepared"
        self._emit(Event("ready", self.prepared.id, at_ns))

    def make_shown(self, *, at_ns: int | None = None) -> None:
        assert self.prepared is not None, "something was prepared"
        assert self.armed is not None, "it has no instant"
        showing_id, due_ns = self.armed
        self.visible, self.prepared, self.armed, self.blank_at_ns = self.prepared, None, None, None
        self._emit(Event("shown", showing_id, due_ns if at_ns is None else at_ns))

    def fail(self, showing_id: str, why: str, *, at_ns: int = 0, cause: Cause = "item") -> None:
        if self.prepared is not None and self.prepared.id == showing_id:
            self.prepared = self.armed = None
        self._emit(Event("failed", showing_id, at_ns, why, cause))

    def die(self, why: str = "it was silent", *, at_ns: int = 0, cause: Cause = "process") -> None:
        self._emit(Event("died", self.visible.id if self.visible else None, at_ns, why, cause))

    def restart(self, *, at_ns: int = 0) -> None:
        self._emit(Event("restarted", self.visible.id if self.visible else None, at_ns))

    def _emit(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)
            os.eventfd_write(self.wake_fd, 1)

    def _note(self, call: str, what: object) -> None:
        assert not self.closed, f"{call} after close"
        self.calls.append((call, what))
