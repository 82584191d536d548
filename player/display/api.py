"""The interface of a display: the daemon speaks to this, libVLC (or a fake in tests) obeys it.

Every instant is CLOCK_MONOTONIC in nanoseconds (`time.monotonic_ns()`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True)
class Showing:
    """One showing as the display needs it; its last frame is held until something else is shown."""

    id: str  # the play's ULID
    path: Path  # a verified media file
    mime: str
    length_ms: int  # how long it is to stand on the screen
    from_ms: int = 0  # start this far into the media (joining late)
    sound: bool = False

    @property
    def is_still(self) -> bool:
        """A picture has no clock: it can be drawn early and held for ever."""
        return self.mime.startswith("image/")


EventKind = Literal["ready", "shown", "failed", "died", "restarted"]

Cause = Literal["", "item", "process", "x_server"]
"""The part at fault: the file that is shown, the display's own process, or the X server below it."""


@dataclass(frozen=True)
class Event:
    """Something that happened on the display.

    ready: prepared, its first frame is drawn, hidden below what is visible.
    shown: it is what people see, from `at_ns` on (sent once for a showing, not again after a restart).
    failed: it will not be shown, or no longer; what was visible stays. `cause` is "item" if its file is at fault.
    died: the output broke down, the screen may be black. `showing` is what was visible, `cause` what broke.
    restarted: the output is back, `showing` visible again at its place in time (None: nothing was).
    """

    kind: EventKind
    showing: str | None
    at_ns: int
    why: str = ""
    cause: Cause = ""


class DisplayError(Exception):
    """The display cannot do this."""


class NotPrepared(DisplayError):
    """This showing was not prepared, or a newer one took its place. Prepare it first."""


class DisplayUnavailable(DisplayError):
    """The display did not start. Its reason says what to do."""


class XServerUnavailable(DisplayUnavailable):
    """The X server is not there, hangs, or cannot be drawn on. Check that it runs and that DISPLAY names it."""


class Display(Protocol):
    """One screen: one visible showing, one more prepared below it."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the screen in pixels."""

    @property
    def x_display(self) -> str:
        """The X display on which the board of a game can be drawn; empty: on none."""

    @property
    def wake_fd(self) -> int:
        """Readable while `events()` has something to give."""

    def prepare(self, showing: Showing) -> None:
        """Open it, paused, hidden, first frame drawn; `ready` or `failed` answers.

        It replaces a showing that was prepared before and is not visible yet, which gets no further event.
        """

    def show(self, showing_id: str, at_ns: int) -> None:
        """Make it the visible one at that instant, or at once if that is past; `shown` answers."""

    def blank(self, at_ns: int) -> None:
        """Black over everything from that instant until the next `show` takes effect."""

    def strip(self, png: Path | None) -> None:
        """Keep this picture along the bottom over every item; None takes it away."""

    def events(self) -> list[Event]:
        """The events since the last call; never blocks."""

    def picture(self) -> bytes | None:
        """A JPEG, at most 640 wide, of the pixels on the screen now; None if they cannot be had."""

    def position_ms(self) -> int | None:
        """How far into its media the visible showing is; None while nothing is shown."""

    def start_over(self) -> None:
        """Start the output anew, as after a breakdown: `died` and `restarted` answer."""

    def close(self) -> None:
        """Stop the output; the screen shows the windows below."""
