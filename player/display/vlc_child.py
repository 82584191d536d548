"""The display's own process: it alone holds libVLC and the X connection, and may hang, crash or be killed.

`python -m player.display.vlc_child --fd N --parent PID --display :0 --vout xcb_x11 --lead-ms 11`

One loop does everything; libVLC's threads only leave notes and wake it. It reports `hello`, `ready`, `shown`,
`failed`, `overtaken`, `picture`, and every half second a `beat`. A beat queries VLC and X first, so that the daemon
notices a hang of either as silence.

A showing goes through these steps; two slots take turns, so that one is prepared while the other is visible:

    prepare      the hidden slot opens the file (Phase.OPENING), seeks to draw its first frame (SETTLING), and is READY
    show         arms it: start a lead before its instant, raise on the instant
    start        VLC is unpaused (STARTED); its first frame is visible one lead later
    raise        the slot's window comes on top, and this is the change that people see
    wind down    the slot below is silenced at once, and stopped 100 ms later, when nobody sees it any more

Invariants: the visible slot is never opened, cleared or failed over; of two showings the one with the later instant
stays on top (`_newest_ns`), however late the other is drawn; a timer of a slot does nothing once the slot has another
file (`load`). All instants are CLOCK_MONOTONIC in nanoseconds, the clock of the daemon too.
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
from player.display.json_socket import HungUp, JsonSocket, Message
from player.display.timers import Timers
from player.display.vlc_slot import MS, Engine, Note, Phase, VlcSlot
from player.display.xwindows import XScreen

logger = logging.getLogger(__name__)

BEAT_NS = 500 * MS  # a sixth of the shortest silence after which the daemon replaces this process
OPEN_NS = 5_000 * MS  # a film that has not drawn by then never will
NO_PICTURE_NS = 1_000 * MS  # opened for so long and no video found in it
DRAW_NS = 400 * MS  # started for so long and nothing drawn: show it all the same
WIND_DOWN_NS = 100 * MS  # after the change the one below is stopped
QUIET_NS = 150 * MS  # reading the screen back takes tens of ms, so it is done only while nothing is due
SETTLE_LOOK_NS = 20 * MS  # how often an opened slot is checked for being settled
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class Child:
    """Carries out the daemon's requests."""

    def __init__(self, lines: JsonSocket, *, screen: XScreen, engine: Engine, lead_ns: int) -> None:
        self._lines, self._screen, self._lead_ns = lines, screen, lead_ns
        self._timers = Timers()
        self._notes: deque[Note] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._slots = [VlcSlot(index, engine=engine, screen=screen, note=self._leave_note) for index in range(2)]
        self._visible: VlcSlot | None = None
        self._due: dict[str, int] = {}  # showing id -> its instant
        self._newest_ns = 0  # the instant of what the screen shows, black included
        self._on = True

    def run(self) -> None:
        """Until the daemon sends `quit`, or is gone."""
        self._say("hello", size=self._screen.size)
        self._beat()
        while self._on:
            self._timers.run_due()
            self._look_at_windows()
            delay = self._timers.delay_s(most=1.0)
            requests = self._lines.fileno()
            readable, _, _ = select.select([requests, self._screen.fileno(), self._wake], [], [], delay)
            if requests in readable:
                self._obey(self._lines.take())
            self._read_notes()
        for slot in self._slots:
            slot.close()

    # The daemon's requests

    def _obey(self, messages: list[Message]) -> None:
        doing: dict[str, Callable[..., None]] = {
            "prepare": self._prepare, "show": self._show, "blank": self._blank,
            "drop": self._drop, "strip": self._strip, "picture": self._picture, "quit": self._quit,
        }  # fmt: skip
        for message in messages:
            doing[message.pop("do")](**message)

    def _prepare(self, showing: Message) -> None:
        slot = self._free_slot()
        try:
            slot.open(Showing(**{**showing, "path": Path(showing["path"])}))
        except Exception as error:  # Pillow lets the errors of its decoders through
            self._fail(slot, f"it cannot be read: {error or type(error).__name__}")
            return
        if slot.phase is Phase.READY:
            self._ready(slot)
        else:
            self._after(OPEN_NS, slot, self._give_up_opening)

    def _show(self, id: str, at_ns: int) -> None:
        slot = next((slot for slot in self._slots if slot.showing and slot.showing.id == id), None)
        if slot is None:
            self._say("failed", id=id, at_ns=time.monotonic_ns(), why="it was not prepared, or another took its place")
            return
        self._due[id] = max(at_ns, time.monotonic_ns())
        if slot.phase is Phase.READY:
            self._arm(slot)

    def _drop(self, id: str) -> None:
        for slot in self._slots:
            if slot is not self._visible and _id(slot) == id:
                self._due.pop(id, None)
                slot.clear()

    def _blank(self, at_ns: int) -> None:
        due_ns = max(at_ns, time.monotonic_ns())
        self._timers.at(due_ns, lambda: self._go_black(due_ns))

    def _strip(self, png: str | None) -> None:
        try:
            self._screen.strip(Path(png) if png else None)
        except (OSError, ValueError, SyntaxError) as error:
            logger.warning("strip not drawn path=%s why=%s", png, error)

    def _picture(self, request: int) -> None:
        if self._timers.free_for(QUIET_NS):
            jpeg = base64.b64encode(self._screen.picture()).decode()
            self._say("picture", request=request, jpeg=jpeg)
        else:
            self._timers.at(time.monotonic_ns() + QUIET_NS, lambda: self._picture(request))

    def _quit(self) -> None:
        self._on = False

    # From opened to visible

    def _free_slot(self) -> VlcSlot:
        """A slot that is not visible: an empty one if there is one, else the one that was loaded first."""
        hidden = [slot for slot in self._slots if slot is not self._visible]
        return min(hidden, key=lambda slot: (slot.showing is not None, slot.load))

    def _ready(self, slot: VlcSlot) -> None:
        slot.phase = Phase.READY
        self._say("ready", id=_id(slot), at_ns=time.monotonic_ns())
        if _id(slot) in self._due:
            self._arm(slot)

    def _arm(self, slot: VlcSlot) -> None:
        """Start it a lead before its instant and raise it on the instant; late ones as soon as a lead allows."""
        at_ns = max(self._due[_id(slot)], time.monotonic_ns() + self._lead_ns)
        self._later(at_ns - self._lead_ns, slot, self._start)
        self._later(at_ns, slot, self._raise_when_drawn)

    def _start(self, slot: VlcSlot) -> None:
        if slot.phase is Phase.READY:
            slot.start(time.monotonic_ns(), lead_ns=self._lead_ns)

    def _raise_when_drawn(self, slot: VlcSlot) -> None:
        if slot.drawn:
            self._raise(slot)
        else:
            self._after(DRAW_NS, slot, self._raise)

    def _raise(self, slot: VlcSlot) -> None:
        """Once for each `show`, when it is drawn or that takes too long; never over a showing of a later instant."""
        due_ns = self._due.pop(_id(slot), None) if slot is not self._visible else None
        if due_ns is None:
            return
        if due_ns < self._newest_ns:
            self._overtaken(slot)
            return
        self._newest_ns = due_ns
        self._screen.raise_slot(slot.index)
        self._say("shown", id=_id(slot), at_ns=time.monotonic_ns())
        below, self._visible = self._visible, slot
        if below is not None:
            below.silence()
            self._after(WIND_DOWN_NS, below, self._clear)

    def _overtaken(self, slot: VlcSlot) -> None:
        """It was so late that the showing after it is visible already."""
        self._say("overtaken", id=_id(slot), at_ns=time.monotonic_ns())
        slot.clear()

    def _go_black(self, due_ns: int) -> None:
        self._newest_ns = max(self._newest_ns, due_ns)
        self._screen.blank()
        below, self._visible = self._visible, None
        if below is not None:
            below.silence()
            self._after(WIND_DOWN_NS, below, self._clear)

    def _clear(self, slot: VlcSlot) -> None:
        if slot is not self._visible:
            slot.clear()
            _LIBC.malloc_trim(0)  # glibc keeps what VLC's threads freed: 170 MB against 60

    def _fail(self, slot: VlcSlot, why: str) -> None:
        """The file is at fault, unless the X server is gone: then the query raises, and no file is blamed."""
        self._screen.require_answer()
        self._due.pop(_id(slot), None)
        self._say("failed", id=_id(slot), at_ns=time.monotonic_ns(), why=why, cause="item")
        if slot is not self._visible:
            slot.clear()

    def _give_up_opening(self, slot: VlcSlot) -> None:
        if slot.phase in (Phase.OPENING, Phase.SETTLING):
            self._fail(slot, f"VLC drew nothing within {OPEN_NS // (1000 * MS)} s")

    def _give_up_without_picture(self, slot: VlcSlot) -> None:
        if slot.phase is Phase.SETTLING and slot.has_no_picture():
            self._fail(slot, "VLC found no picture in it")

    # Reports of VLC and X

    def _leave_note(self, note: Note) -> None:
        self._notes.append(note)
        os.eventfd_write(self._wake, 1)

    def _read_notes(self) -> None:
        if not select.select([self._wake], [], [], 0)[0]:
            return
        os.eventfd_read(self._wake)
        while self._notes:
            note = self._notes.popleft()
            slot = self._slots[note.slot]
            if note.load == slot.load and slot.showing is not None:
                self._on_note(slot, note)

    def _on_note(self, slot: VlcSlot, note: Note) -> None:
        if note.word == "paused" and slot.phase is Phase.OPENING:
            self._go_on_opening(slot)
        elif note.word == "vout":
            slot.had_vout(note.at_ns)
            self._after(SETTLE_LOOK_NS, slot, self._look_settled)
        elif note.word == "time" and slot.phase is Phase.STARTED:
            slot.moved(note.value, note.at_ns)
        elif note.word in ("error", "ended") and slot.phase is not Phase.READY:
            self._fail(slot, "VLC could not play it")

    def _go_on_opening(self, slot: VlcSlot) -> None:
        if slot.is_too_short():
            self._fail(slot, "it is too short for VLC to show: make it last 0.1 s or more")
            return
        slot.seek_to_start()
        self._after(NO_PICTURE_NS, slot, self._give_up_without_picture)

    def _look_settled(self, slot: VlcSlot) -> None:
        if slot.settled(time.monotonic_ns()):
            self._ready(slot)
        elif slot.phase is Phase.SETTLING:
            self._after(SETTLE_LOOK_NS, slot, self._look_settled)

    def _look_at_windows(self) -> None:
        for kind, index in self._screen.sights():
            if kind == "resized":
                raise XServerUnavailable("The X screen changed its size: the display starts again with the new one.")
            self._on_sight(kind, self._slots[index])

    def _on_sight(self, kind: str, slot: VlcSlot) -> None:
        if kind == "layout":
            slot.laid_out(time.monotonic_ns())
            return
        slot.saw_drawing(time.monotonic_ns())
        waits = slot.phase is Phase.STARTED and slot is not self._visible
        if waits and _id(slot) in self._due and self._due[_id(slot)] <= time.monotonic_ns():
            self._raise(slot)

    # Signs of life

    def _beat(self) -> None:
        self._screen.require_answer()
        slot = self._visible
        playback: dict[str, Any] = {"id": None}
        if slot is not None:
            anchor, playing = slot.state()
            playback = {"id": _id(slot), "playing": playing, **vars(anchor)}
        self._say("beat", **playback)
        self._timers.at(time.monotonic_ns() + BEAT_NS, self._beat)

    def _say(self, word: str, **said: Any) -> None:
        self._lines.send({"say": word, **said})

    def _after(self, span_ns: int, slot: VlcSlot, do: Callable[[VlcSlot], None]) -> None:
        self._later(time.monotonic_ns() + span_ns, slot, do)

    def _later(self, at_ns: int, slot: VlcSlot, do: Callable[[VlcSlot], None]) -> None:
        """Do it then, unless another file was loaded into the slot by then."""
        load = slot.load
        self._timers.at(at_ns, lambda: do(slot) if slot.load == load and slot.showing else None)


def _id(slot: VlcSlot) -> str:
    return slot.showing.id if slot.showing else ""


def die_with(parent: int) -> None:
    """The kernel kills this process when the thread that started it ends; if that has ended already, exit here."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the daemon is gone")


def leave_the_end_to_the_daemon() -> None:
    """systemd signals all processes of a service at once; the daemon first ends the play, and then sends `quit`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    leave_the_end_to_the_daemon()
    options = _parse(sys.argv[1:])
    die_with(options.parent)
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    os.environ["DISPLAY"] = options.display  # VLC looks there
    lines = JsonSocket(socket.socket(fileno=options.fd))
    try:
        screen = XScreen(options.display)
        Child(lines, screen=screen, engine=Engine(options.vout), lead_ns=round(options.lead_ms * MS)).run()
    except HungUp:
        return
    except (XDisplayError, ConnectionClosedError, XServerUnavailable) as error:  # no fault of this program
        lines.send({"say": "broken", "why": str(error), "cause": "x_server"})
        sys.exit(1)
    except DisplayUnavailable as error:
        lines.send({"say": "broken", "why": str(error), "cause": "process"})
        sys.exit(1)
    except Exception as error:  # the daemon logs it and starts a new child
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
