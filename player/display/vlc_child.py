"""The display's own process: it alone holds libVLC and the X connection, and may hang, crash or be killed.

`python -m player.display.vlc_child --fd N --parent PID --display :0 --vout xcb_x11 --lead-ms 11`

One loop does everything; libVLC's threads only leave notes and wake it. It says `hello`, `ready`, `shown`,
`failed`, `picture`, and every half second a `beat` for which it has really asked VLC and X, so that a hang of
either is heard as silence.
"""

import base64
import ctypes
import faulthandler
import logging
import os
import select
import signal
import socket
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from Xlib.error import ConnectionClosedError
from Xlib.error import DisplayError as XDisplayError

from player.display.api import DisplayUnavailable, Showing, XServerUnavailable
from player.display.json_socket import HungUp, Lines, Message
from player.display.timers import Timers
from player.display.vlc_slot import MS, Deck, Engine, Note, Phase
from player.display.xwindows import XScreen

logger = logging.getLogger(__name__)

BEAT_NS = 500 * MS
OPEN_NS = 5_000 * MS  # a film that has not drawn by then never will
NO_PICTURE_NS = 1_000 * MS  # opened for so long and no video found in it
DRAW_NS = 400 * MS  # started for so long and nothing drawn: show it all the same
WIND_DOWN_NS = 100 * MS  # after the change the one below is stopped
QUIET_NS = 150 * MS  # reading the screen back takes tens of ms: only while nothing is due
SETTLE_LOOK_NS = 20 * MS
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class Child:
    """Carries out what the daemon asks for."""

    def __init__(self, lines: Lines, *, screen: XScreen, engine: Engine, lead_ns: int) -> None:
        self._lines, self._screen, self._lead_ns = lines, screen, lead_ns
        self._timers = Timers()
        self._notes: deque[Note] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._decks = [Deck(index, engine=engine, screen=screen, note=self._leave_note) for index in range(2)]
        self._visible: Deck | None = None
        self._due: dict[str, int] = {}  # showing id -> its instant
        self._newest_ns = 0  # the instant of what the screen shows, black included
        self._on = True

    def run(self) -> None:
        """Until told to quit, or the daemon is gone."""
        self._say("hello", size=self._screen.size)
        self._beat()
        while self._on:
            self._timers.run_due()
            self._look_at_windows()
            delay = self._timers.delay_s(most=1.0)
            asked = self._lines.fileno()
            readable, _, _ = select.select([asked, self._screen.fileno(), self._wake], [], [], delay)
            if asked in readable:
                self._obey(self._lines.take())
            self._read_notes()
        for deck in self._decks:
            deck.close()

    # What the daemon asks for

    def _obey(self, messages: list[Message]) -> None:
        doing: dict[str, Callable[..., None]] = {
            "prepare": self._prepare, "show": self._show, "blank": self._blank,
            "drop": self._drop, "strip": self._strip, "picture": self._picture, "quit": self._quit,
        }  # fmt: skip
        for message in messages:
            doing[message.pop("do")](**message)

    def _prepare(self, showing: Message) -> None:
        wanted = Showing(**{**showing, "path": Path(showing["path"])})
        deck = self._free_deck()
        try:
            deck.open(wanted)
        except Exception as error:  # Pillow raises whatever its decoders raise
            self._fail(deck, f"it cannot be read: {error or type(error).__name__}")
            return
        if deck.phase is Phase.READY:
            self._ready(deck)
        else:
            self._after(OPEN_NS, deck, self._give_up_opening)

    def _show(self, id: str, at_ns: int) -> None:
        deck = next((deck for deck in self._decks if deck.showing and deck.showing.id == id), None)
        if deck is None:
            self._say("failed", id=id, at_ns=time.monotonic_ns(), why="it was not prepared, or another took its place")
            return
        self._due[id] = max(at_ns, time.monotonic_ns())
        if deck.phase is Phase.READY:
            self._arm(deck)

    def _drop(self, id: str) -> None:
        for deck in self._decks:
            if deck is not self._visible and _id(deck) == id:
                self._due.pop(id, None)
                deck.clear()

    def _blank(self, at_ns: int) -> None:
        due_ns = max(at_ns, time.monotonic_ns())
        self._timers.at(due_ns, lambda: self._go_black(due_ns))

    def _strip(self, png: str | None) -> None:
        try:
            self._screen.strip(Path(png) if png else None)
        except (OSError, ValueError, SyntaxError) as error:
            logger.warning("strip not drawn path=%s why=%s", png, error)

    def _picture(self, ask: int) -> None:
        if self._timers.free_for(QUIET_NS):
            jpeg = base64.b64encode(self._screen.picture()).decode()
            self._say("picture", ask=ask, jpeg=jpeg)
        else:
            self._timers.at(time.monotonic_ns() + QUIET_NS, lambda: self._picture(ask))

    def _quit(self) -> None:
        self._on = False

    # From opened to visible

    def _free_deck(self) -> Deck:
        """Not the visible one; an empty one before one that waits, the one that waits longest before the other."""
        hidden = [deck for deck in self._decks if deck is not self._visible]
        return min(hidden, key=lambda deck: (deck.showing is not None, deck.load))

    def _ready(self, deck: Deck) -> None:
        deck.phase = Phase.READY
        self._say("ready", id=_id(deck), at_ns=time.monotonic_ns())
        if _id(deck) in self._due:
            self._arm(deck)

    def _arm(self, deck: Deck) -> None:
        """Start it a lead before its instant and raise it on the instant; late ones at once."""
        at_ns = max(self._due[_id(deck)], time.monotonic_ns() + self._lead_ns)
        self._later(at_ns - self._lead_ns, deck, self._start)
        self._later(at_ns, deck, self._raise_when_drawn)

    def _start(self, deck: Deck) -> None:
        if deck.phase is Phase.READY:
            deck.start(time.monotonic_ns(), lead_ns=self._lead_ns)

    def _raise_when_drawn(self, deck: Deck) -> None:
        if deck.drawn:
            self._raise(deck)
        else:
            self._after(DRAW_NS, deck, self._raise)

    def _raise(self, deck: Deck) -> None:
        """Once for each `show`: by its drawing, or when that was awaited long enough, and not over what came after."""
        due_ns = self._due.pop(_id(deck), None) if deck is not self._visible else None
        if due_ns is None:
            return
        if due_ns < self._newest_ns:
            self._overtaken(deck)
            return
        self._newest_ns = due_ns
        self._screen.raise_deck(deck.index)
        self._say("shown", id=_id(deck), at_ns=time.monotonic_ns())
        below, self._visible = self._visible, deck
        if below is not None:
            below.silence()
            self._after(WIND_DOWN_NS, below, self._clear)

    def _overtaken(self, deck: Deck) -> None:
        """It was so late that what was to come after it is there already."""
        self._say("overtaken", id=_id(deck), at_ns=time.monotonic_ns())
        deck.clear()

    def _go_black(self, due_ns: int) -> None:
        self._newest_ns = max(self._newest_ns, due_ns)
        self._screen.blank()
        below, self._visible = self._visible, None
        if below is not None:
            below.silence()
            self._after(WIND_DOWN_NS, below, self._clear)

    def _clear(self, deck: Deck) -> None:
        if deck is not self._visible:
            deck.clear()
            _LIBC.malloc_trim(0)  # glibc keeps what VLC's threads freed: 170 MB against 60

    def _fail(self, deck: Deck, why: str) -> None:
        """Its file is at fault, unless the X server is gone: then this raises, and nothing is said of the file."""
        self._screen.ask()
        self._due.pop(_id(deck), None)
        self._say("failed", id=_id(deck), at_ns=time.monotonic_ns(), why=why, cause="item")
        if deck is not self._visible:
            deck.clear()

    def _give_up_opening(self, deck: Deck) -> None:
        if deck.phase in (Phase.OPENING, Phase.SETTLING):
            self._fail(deck, f"VLC drew nothing within {OPEN_NS // (1000 * MS)} s")

    def _give_up_without_picture(self, deck: Deck) -> None:
        if deck.phase is Phase.SETTLING and deck.has_no_picture():
            self._fail(deck, "VLC found no picture in it")

    # What VLC and X say

    def _leave_note(self, note: Note) -> None:
        self._notes.append(note)
        os.eventfd_write(self._wake, 1)

    def _read_notes(self) -> None:
        if not select.select([self._wake], [], [], 0)[0]:
            return
        os.eventfd_read(self._wake)
        while self._notes:
            note = self._notes.popleft()
            deck = self._decks[note.deck]
            if note.load == deck.load and deck.showing is not None:
                self._on_note(deck, note)

    def _on_note(self, deck: Deck, note: Note) -> None:
        if note.word == "paused" and deck.phase is Phase.OPENING:
            self._go_on_opening(deck)
        elif note.word == "vout":
            deck.had_vout(note.at_ns)
            self._after(SETTLE_LOOK_NS, deck, self._look_settled)
        elif note.word == "time" and deck.phase is Phase.STARTED:
            deck.moved(note.value, note.at_ns)
        elif note.word in ("error", "ended") and deck.phase is not Phase.READY:
            self._fail(deck, "VLC could not play it")

    def _go_on_opening(self, deck: Deck) -> None:
        if deck.is_too_short():
            self._fail(deck, "it is too short for VLC to show: make it last 0.1 s or more")
            return
        deck.seek_to_start()
        self._after(NO_PICTURE_NS, deck, self._give_up_without_picture)

    def _look_settled(self, deck: Deck) -> None:
        if deck.settled(time.monotonic_ns()):
            self._ready(deck)
        elif deck.phase is Phase.SETTLING:
            self._after(SETTLE_LOOK_NS, deck, self._look_settled)

    def _look_at_windows(self) -> None:
        for kind, index in self._screen.sights():
            if kind == "resized":
                raise XServerUnavailable("The X screen changed its size: the display starts again with the new one.")
            self._on_sight(kind, self._decks[index])

    def _on_sight(self, kind: str, deck: Deck) -> None:
        if kind == "layout":
            deck.laid_out(time.monotonic_ns())
            return
        deck.saw_drawing(time.monotonic_ns())
        waits = deck.phase is Phase.STARTED and deck is not self._visible
        if waits and _id(deck) in self._due and self._due[_id(deck)] <= time.monotonic_ns():
            self._raise(deck)

    # Signs of life

    def _beat(self) -> None:
        self._screen.ask()
        deck = self._visible
        standing: dict[str, Any] = {"id": None}
        if deck is not None:
            anchor, playing = deck.state()
            standing = {"id": _id(deck), "playing": playing, **vars(anchor)}
        self._say("beat", **standing)
        self._timers.at(time.monotonic_ns() + BEAT_NS, self._beat)

    def _say(self, word: str, **said: Any) -> None:
        self._lines.send({"say": word, **said})

    def _after(self, span_ns: int, deck: Deck, do: Callable[[Deck], None]) -> None:
        self._later(time.monotonic_ns() + span_ns, deck, do)

    def _later(self, at_ns: int, deck: Deck, do: Callable[[Deck], None]) -> None:
        """Do it then, unless the deck has something else by then."""
        load = deck.load
        self._timers.at(at_ns, lambda: do(deck) if deck.load == load and deck.showing else None)


def _id(deck: Deck) -> str:
    return deck.showing.id if deck.showing else ""


def die_with(parent: int) -> None:
    """The kernel kills this process when the thread that started it ends; what happened before is looked at here."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the daemon is gone")


def leave_the_end_to_the_daemon() -> None:
    """Whoever stops a service tells all its processes at once; the daemon writes what was on, and then says quit."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    leave_the_end_to_the_daemon()
    told = _parse(sys.argv[1:])
    die_with(told.parent)
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    os.environ["DISPLAY"] = told.display  # VLC looks there
    lines = Lines(socket.socket(fileno=told.fd))
    try:
        screen = XScreen(told.display)
        Child(lines, screen=screen, engine=Engine(told.vout), lead_ns=round(told.lead_ms * MS)).run()
    except HungUp:
        return
    except (XDisplayError, ConnectionClosedError, XServerUnavailable) as error:  # no fault of this program
        lines.send({"say": "broken", "why": str(error), "cause": "x_server"})
        sys.exit(1)
    except DisplayUnavailable as error:
        lines.send({"say": "broken", "why": str(error), "cause": "process"})
        sys.exit(1)
    except Exception as error:  # whatever it was, the daemon logs it and starts a new child
        lines.send({"say": "broken", "why": f"{type(error).__name__}: {error}", "cause": "process"})
        raise


def _parse(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="player.display.vlc_child")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--display", required=True)
    parser.add_argument("--vout", default="xcb_x11")
    parser.add_argument("--lead-ms", type=float, default=11.0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
