"""The display through libVLC: it supervises a child process that does the showing, and survives it.

One thread starts the child, hears it, and kills it when it falls silent or its film stands still; the child's
kernel-sent death signal hangs on that thread too. The daemon's calls only send a line and return.
"""

import base64
import logging
import os
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from player.display.api import Cause, DisplayUnavailable, Event, EventKind, Showing, XServerUnavailable
from player.display.child_process import ChildProcess
from player.display.display_state import (
    MS,
    REJOIN_NS,
    DisplayState,
    Playback,
    blank_message,
    prepare_message,
    show_message,
    strip_message,
)
from player.display.json_socket import HungUp, JsonSocket, Message
from player.display.xserver import XServer, check_answers

logger = logging.getLogger(__name__)

VOUT = "xcb_x11"
UNPAUSE_LEAD_MS = 11.0
ENDED_FOR_US = "it was restarted on request"


@dataclass(frozen=True)
class Patience:
    """How long what may take."""

    hello_s: float = 15.0  # importing and starting libVLC on a slow card
    beat_s: float = 3.0  # silence
    stall_s: float = 3.0  # a playing film whose position stands
    picture_s: float = 2.0
    well_s: float = 30.0  # alive for so long: the next restart is immediate again
    most_back_off_s: float = 10.0  # between two children that died of themselves
    most_x_back_off_s: float = 1.0  # between two looks at an X server that is away, which cost next to nothing


@dataclass(frozen=True)
class Death:
    """Why a child ended, and what is at fault. `stalled`: a film that played stood still."""

    why: str
    cause: Cause = "process"
    stalled: bool = False


class VlcDisplay:
    """A Display on an X server, shown by a child process."""

    def __init__(
        self,
        server: XServer,
        *,
        vout: str | None = VOUT,
        unpause_lead_ms: float | None = UNPAUSE_LEAD_MS,
        patience: Patience = Patience(),
    ) -> None:
        """Start it; raises DisplayUnavailable if the first child cannot show anything."""
        self._server, self._patience = server, patience
        self._vout = vout or VOUT
        self._lead_ms = UNPAUSE_LEAD_MS if unpause_lead_ms is None else unpause_lead_ms
        self._lock = threading.Condition(threading.RLock())
        self._state, self._playback = DisplayState(), Playback()
        self._events: list[Event] = []
        self._size = (0, 0)
        self._lines: JsonSocket | None = None
        self._child: ChildProcess | None = None
        self._pictures: dict[int, bytes] = {}
        self._picture_requests = 0
        self._readied: set[str] = set()
        self._rejoining: str | None = None
        self._rejoins_ns = 0
        self._heard_ns = 0
        self._x_name = ""
        self._broken: Death | None = None
        self._died_of = ""
        self._ending_requested = False
        self._stop = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._supervise, name="display", daemon=True)
        self._thread.start()
        self._await_hello()

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def x_display(self) -> str:
        return self._x_name

    @property
    def wake_fd(self) -> int:
        return self._wake

    @property
    def child_pid(self) -> int | None:
        """The process that shows, for tests and reports; None between two."""
        child = self._child
        return child.pid if child else None

    def prepare(self, showing: Showing) -> None:
        with self._lock:
            self._state.prepare(showing)
            self._readied.discard(showing.id)
            self._send(prepare_message(showing))

    def show(self, showing_id: str, at_ns: int) -> None:
        with self._lock:
            self._state.show(showing_id, at_ns)
            self._send(show_message(showing_id, at_ns))
            self._overtake(at_ns)

    def blank(self, at_ns: int) -> None:
        with self._lock:
            self._state.blank_ns = at_ns
            self._send(blank_message(at_ns))
            self._overtake(at_ns)

    def strip(self, png: Path | None) -> None:
        with self._lock:
            self._state.png = png
            self._send(strip_message(png))

    def events(self) -> list[Event]:
        with self._lock:
            if self._events:
                os.eventfd_read(self._wake)
            taken, self._events = self._events, []
            return taken

    def picture(self) -> bytes | None:
        with self._lock:
            self._picture_requests += 1
            request = self._picture_requests
            self._pictures.clear()
            self._send({"do": "picture", "request": request})
            self._lock.wait_for(lambda: request in self._pictures, self._patience.picture_s)
            return self._pictures.pop(request, None)

    def position_ms(self) -> int | None:
        with self._lock:
            visible, playback = self._state.visible, self._playback
            now_ns = time.monotonic_ns()
            if visible is None or self._state.is_black(now_ns):
                return None
            if playback.id == visible.id:
                return playback.time_at(now_ns)
            return visible.from_ms + (now_ns - self._state.since_ns) // MS

    def start_over(self) -> None:
        self._ending_requested = True

    def close(self) -> None:
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        for fd in (self._stop, self._wake):
            os.close(fd)
        self._server.close()

    # The supervising thread

    def _supervise(self) -> None:
        back_off_s = 0.0
        while not self._stopped(after_s=back_off_s):
            began_ns = time.monotonic_ns()
            death = self._one_child()
            if death is None:
                return
            well = time.monotonic_ns() - began_ns > self._patience.well_s * 1e9
            culprit_gone = self._mourn(death)
            back_off_s = 0.1 if well or culprit_gone else self._longer(back_off_s, death.cause)

    def _longer(self, back_off_s: float, cause: Cause) -> float:
        most_s = self._patience.most_x_back_off_s if cause == "x_server" else self._patience.most_back_off_s
        return min(max(0.1, back_off_s * 2), most_s)

    def _one_child(self) -> Death | None:
        """From its start to its end: why it ended, None if that was requested."""
        try:
            self._x_name = self._server.name()
            check_answers(self._x_name)
        except XServerUnavailable as error:
            return Death(str(error), "x_server")
        try:
            how = ("--vout", self._vout, "--lead-ms", str(self._lead_ms))
            child = ChildProcess("player.display.vlc_child", *how, display=self._x_name)
        except OSError as error:
            return Death(f"its process cannot be started: {error.strerror}")
        self._child, self._heard_ns, self._broken = child, time.monotonic_ns(), None
        self._ending_requested = False
        try:
            return self._hear(child.lines)
        finally:
            self._bury(child)

    def _hear(self, lines: JsonSocket) -> Death | None:
        """Listen until the child is to be ended, and say why."""
        well_at_ns = time.monotonic_ns() + int(self._patience.well_s * 1e9)
        while True:
            readable, _, _ = select.select([lines.fileno(), self._stop], [], [], 0.25)
            if self._stop in readable:
                return None
            try:
                messages = lines.take() if readable else []
            except HungUp:
                return self._broken or self._death("it ended")
            for message in messages:
                self._heard(message, lines)
            if (death := self._suspect(time.monotonic_ns())) is not None:
                return death
            if time.monotonic_ns() > well_at_ns:
                with self._lock:
                    self._state.lived()

    def _suspect(self, now_ns: int) -> Death | None:
        """Has it hung? Late hearing of our own must not be held against it: what it said is heard first."""
        if self._ending_requested:
            return Death(ENDED_FOR_US, "")
        patience_s = self._patience.beat_s if self._lines else self._patience.hello_s
        if now_ns - self._heard_ns > patience_s * 1e9:
            return self._death(f"it was silent for {patience_s:g} s")
        if self._playback.is_stalled(now_ns, stall_s=self._patience.stall_s):
            return Death(f"its film stood still for {self._patience.stall_s:g} s", "item", stalled=True)
        return None

    def _death(self, why: str) -> Death:
        """A child that ends or hangs without a word: because of its X server, of a file, or of itself?"""
        try:
            check_answers(self._x_name)
        except XServerUnavailable as error:
            return Death(str(error), "x_server")
        return Death(why, "item" if self._lines else "process")  # before its hello it has opened no file

    def _bury(self, child: ChildProcess) -> None:
        with self._lock:
            self._child, self._lines, self._playback = None, None, Playback()
        if self._stopped(after_s=0):
            child.quit()
        child.kill()

    def _mourn(self, death: Death) -> bool:
        """Report it, and count it against the files that may be at fault; True if one was given up for it."""
        logger.warning("display child died why=%s cause=%s", death.why, death.cause)
        now_ns = time.monotonic_ns()
        with self._lock:
            self._died_of = death.why
            visible = None if self._state.is_black(now_ns) else self._state.visible
            broken: Cause = "x_server" if death.cause == "x_server" else "process"
            self._emit("died", visible.id if visible else None, now_ns, death.why, broken)
            given_up = self._state.blame(stalled=death.stalled) if death.cause == "item" else []
            for showing_id in given_up:
                self._emit("failed", showing_id, now_ns, "the display died of it again and again", "item")
            self._lock.notify_all()
        return bool(given_up)

    def _stopped(self, *, after_s: float) -> bool:
        return bool(select.select([self._stop], [], [], after_s)[0])

    # The child's messages

    def _heard(self, message: Message, lines: JsonSocket) -> None:
        self._heard_ns = time.monotonic_ns()
        hear: dict[str, Callable[..., None]] = {
            "ready": self._on_ready, "shown": self._on_shown, "failed": self._on_failed,
            "overtaken": self._on_overtaken, "beat": self._on_beat, "picture": self._on_picture,
            "broken": self._on_broken,
        }  # fmt: skip
        word = message.pop("say")
        with self._lock:
            if word == "hello":
                self._on_hello(lines, **message)
            else:
                hear[word](**message)
            self._lock.notify_all()

    def _on_hello(self, lines: JsonSocket, size: list[int]) -> None:
        first = self._size == (0, 0)
        self._size = (size[0], size[1])
        self._lines = lines
        now_ns = time.monotonic_ns()
        rejoins = self._state.rejoins(now_ns)
        self._rejoining = rejoins.id if rejoins else None
        self._rejoins_ns = now_ns + REJOIN_NS
        for message in self._state.again(now_ns):
            self._send(message)
        if not first and rejoins is None:
            self._emit("restarted", None, now_ns)

    def _overtake(self, at_ns: int) -> None:
        """Drop the showing that a restart would bring back: it must not cover one that is shown before."""
        if self._rejoining is not None and at_ns <= self._rejoins_ns:
            self._send({"do": "drop", "id": self._rejoining})
            self._rejoining = None
            self._emit("restarted", None, time.monotonic_ns())

    def _on_ready(self, id: str, at_ns: int) -> None:
        self._state.opened(id)
        if id not in self._readied and id != self._rejoining:
            self._readied = {id}
            self._emit("ready", id, at_ns)

    def _on_shown(self, id: str, at_ns: int) -> None:
        if id == self._rejoining:
            self._rejoining = None
            self._emit("restarted", id, at_ns)
            return
        self._state.shown(id, at_ns)
        self._playback = Playback()
        self._emit("shown", id, at_ns)

    def _on_failed(self, id: str, at_ns: int, why: str, cause: Cause = "process") -> None:
        if id == self._rejoining:
            self._rejoining = None
            self._emit("restarted", None, at_ns)
        self._state.failed(id)
        self._emit("failed", id, at_ns, why, cause)

    def _on_overtaken(self, id: str, at_ns: int) -> None:
        """Too late to be shown: what came after it stays."""
        if id == self._rejoining:
            self._rejoining = None
            self._emit("restarted", None, at_ns)
        else:
            self._on_failed(id, at_ns, "it came so late that the next was shown before it")

    def _on_beat(self, **said: Any) -> None:
        self._playback = Playback(**said)

    def _on_picture(self, request: int, jpeg: str) -> None:
        self._pictures[request] = base64.b64decode(jpeg)

    def _on_broken(self, why: str, cause: Cause) -> None:
        self._broken = Death(why, cause)

    def _emit(self, kind: EventKind, showing: str | None, at_ns: int, why: str = "", cause: Cause = "") -> None:
        self._events.append(Event(kind, showing, at_ns, why, cause))
        os.eventfd_write(self._wake, 1)

    def _send(self, message: Message) -> None:
        """To the child if there is one; a new one is sent the whole state."""
        if self._lines is None:
            return
        try:
            self._lines.send(message)
        except HungUp:
            logger.info("display child does not listen what=%s", message["do"])

    def _await_hello(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._lines is not None or self._died_of, self._patience.hello_s)
            if self._lines is not None:
                return
        self.close()
        raise DisplayUnavailable(f"The display did not start: {self._died_of or 'it said nothing'}.")
