"""A slot: one libVLC media player and its window. It opens a showing hidden, and starts it on the instant.

The phases, in order: EMPTY; OPENING, until VLC reports that it paused; SETTLING, from the seek until the window is
final and drawn; READY, paused on its first frame; STARTED. A still is READY at once. The child sets READY when it
reports a film as ready; all other phases are set here.

Measured with libVLC 3.0.24 on Xvfb, xcb_x11, 25 fps:
- `:start-paused`, then a seek to 0 while paused, draws the first frame into the hidden window (35-55 ms) and
  sounds nothing. Unpaused later, frame k is drawn 10.5 + 40 k ms after, to ± 1 ms. Raising the window on the
  instant shows frame 0 at once, so the change does not depend on VLC at all.
- Without the seek the window is made when unpaused: frame 0 comes after 13-29 ms.
- `next_frame()` draws too, but the clock runs on below it: unpaused, some 30 frames are skipped.
- A seek to later in the file draws nothing until unpaused, then 11 ms after; so late joins wait for the drawing.
- `:play-and-pause` holds the last frame; a film of one frame is never drawn at all.
VLC 3 opens no WebP, and redraws a still 17 times a second: stills are the X server's own (player/display/xwindows.py).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Literal

import vlc

from player.display.api import DisplayUnavailable, Showing
from player.display.mp4 import picture_ms
from player.display.xwindows import XScreen

MS = 1_000_000
SETTLE_NS = 150 * MS  # VLC makes its window up to three times before it draws, less than this apart
UNDRAWN_NS = 1_000 * MS  # a video output that bypasses X is never seen to draw: then this is waited for
FRESH_NS = 30 * MS  # a change of pixels sooner after a new window is its empty background
SHORTEST_MS = 100  # VLC ends a shorter film before it draws it
TAIL_MS = 300  # a late join further into the film than this before its end would show nothing

Word = Literal["paused", "vout", "time", "error", "ended"]


@dataclass(frozen=True)
class Note:
    """An event of libVLC, noted on its own thread and read by the child's loop.

    load: which file of the slot it is about, so that a late note about the file before is ignored ·
    value: the media's time in ms for `time`, else 0
    """

    slot: int
    load: int
    word: Word
    at_ns: int
    value: int


class Phase(Enum):
    EMPTY = auto()
    OPENING = auto()
    SETTLING = auto()
    READY = auto()
    STARTED = auto()


@dataclass(frozen=True)
class Anchor:
    """At `at_ns` the media was at `time_ms`; it goes on from there if `runs`.

    VLC reports its time only now and then and late, so the time in between is computed from the last report.
    """

    time_ms: int
    at_ns: int
    runs: bool


class Engine:
    """The libVLC instance of this process."""

    def __init__(self, vout: str) -> None:
        options = [
            "--quiet", "--ignore-config", "--no-xlib", "--no-lua", "--no-interact", "--no-osd", "--no-spu",
            "--no-video-title-show", "--no-sub-autodetect-file", "--no-disable-screensaver",
            "--no-metadata-network-access", f"--vout={vout}",
        ]  # fmt: skip
        self._vlc = vlc.Instance(options)
        if self._vlc is None:
            raise DisplayUnavailable("libVLC did not start. Install vlc-bin, vlc-plugin-base and -video-output.")
        self._sounds = has_sound_device()

    def player(self) -> Any:
        return self._vlc.media_player_new()

    def media(self, showing: Showing, *, silent: bool) -> Any:
        media = self._vlc.media_new_path(str(showing.path))
        sounds = showing.sound and self._sounds and not silent
        for option in (":start-paused", ":play-and-pause", *([] if sounds else [":no-audio"])):
            media.add_option(option)
        return media


class VlcSlot:
    """One player, one window, one showing at a time."""

    def __init__(self, index: int, *, engine: Engine, screen: XScreen, note: Callable[[Note], None]) -> None:
        self.index = index
        self.load = 0
        self.showing: Showing | None = None
        self.phase = Phase.EMPTY
        self.drawn = False
        self._screen, self._engine, self._note = screen, engine, note
        self._player = engine.player()
        self._has_vout = self._has_window = False
        self._picture_ms: int | None = None
        self._quiet_since_ns = 0
        self._anchor = Anchor(0, 0, runs=False)
        self._prepare_player()

    def open(self, showing: Showing) -> None:
        """Begin to open it; a still is ready at once. Raises OSError or ValueError if it cannot be read."""
        self.clear()
        self.load += 1
        self.showing = showing
        if showing.is_still:
            self._screen.paint(self.index, showing.path)
            self._anchor = Anchor(showing.from_ms, 0, runs=False)
            self.drawn, self.phase = True, Phase.READY
        else:
            self._open_film(showing)

    def is_too_short(self) -> bool:
        return bool(0 < self._player.get_length() < SHORTEST_MS)

    def seek_to_start(self) -> None:
        """VLC has opened the file and paused: a seek makes it draw the first frame.

        A late join seeks further, but to no later than TAIL_MS before the end of the picture, where nothing would be
        drawn any more.
        """
        length = self._picture_ms or self._player.get_length()
        start = self.showing.from_ms if self.showing else 0
        start = min(start, max(0, length - TAIL_MS)) if length > 0 else start
        self._anchor = Anchor(start, 0, runs=False)
        self.phase = Phase.SETTLING
        self._player.set_time(start)

    def laid_out(self, now_ns: int) -> None:
        """VLC made or changed its window: a drawing before that does not count."""
        self._has_window = True
        self._unsettle(now_ns)

    def had_vout(self, now_ns: int) -> None:
        self._has_vout = True
        self._unsettle(now_ns)

    def saw_drawing(self, now_ns: int) -> None:
        """Pixels changed in the window."""
        if now_ns - self._quiet_since_ns >= FRESH_NS or self.phase is Phase.STARTED:
            self.drawn = True

    def settled(self, now_ns: int) -> bool:
        """VLC has its window, has left it unchanged for long enough, and has drawn its first frame.

        A late join draws nothing while it is paused, so there only the quiet counts.
        """
        if self.phase is not Phase.SETTLING or not (self._has_vout and self._has_window):
            return False
        draws_paused = self._anchor.time_ms == 0
        enough_ns = UNDRAWN_NS if draws_paused and not self.drawn else SETTLE_NS
        return now_ns - self._quiet_since_ns >= enough_ns

    def has_no_picture(self) -> bool:
        """VLC opened it, and found no video in it."""
        return not self._has_vout and self._player.video_get_track_count() <= 0

    def start(self, now_ns: int, *, lead_ns: int) -> None:
        """Unpause it: its first frame is visible one lead from now."""
        self.phase = Phase.STARTED
        self._anchor = Anchor(self._anchor.time_ms, now_ns + lead_ns, runs=True)
        if self.showing and not self.showing.is_still:
            self._player.set_pause(0)

    def moved(self, time_ms: int, at_ns: int) -> None:
        self._anchor = Anchor(time_ms, at_ns, runs=True)

    def silence(self) -> None:
        """Pause it below the next showing, so that only one is heard; its last picture remains."""
        if self.showing and self.showing.sound:
            self._player.set_pause(1)

    def state(self) -> tuple[Anchor, bool]:
        """The media's position, and whether VLC is playing now. Queries VLC, so it hangs if VLC does."""
        state = self._player.get_state()
        if self.showing is not None and self.showing.is_still:
            return self._anchor, False
        if state == vlc.State.Paused:  # held on its last frame
            return Anchor(self._player.get_length(), self._anchor.at_ns, runs=False), False
        return self._anchor, state == vlc.State.Playing

    def clear(self) -> None:
        """Stop, and give the media and the pixels back."""
        if self.showing is None:
            return
        if self.showing.is_still:
            self._screen.unpaint(self.index)
        else:
            self._player.stop()
            self._player.set_media(None)
        self.showing, self.phase = None, Phase.EMPTY
        self.drawn = self._has_vout = self._has_window = False

    def close(self) -> None:
        self.clear()
        self._player.release()

    def _unsettle(self, now_ns: int) -> None:
        self._quiet_since_ns = now_ns
        if self.phase is Phase.SETTLING:
            self.drawn = False

    def _open_film(self, showing: Showing) -> None:
        if not showing.path.is_file():
            raise FileNotFoundError(f"{showing.path.name} is missing")
        self.phase = Phase.OPENING
        # Sound may outlast the picture. VLC draws nothing where only sound is: a screen that joins there shows the
        # last frame without sound, for VLC cannot be at two places at once.
        self._picture_ms = picture_ms(showing.path)
        only_sound = self._picture_ms is not None and showing.from_ms >= self._picture_ms
        media = self._engine.media(showing, silent=only_sound)
        self._player.set_media(media)
        media.release()
        self._player.play()

    def _prepare_player(self) -> None:
        self._player.set_xwindow(self._screen.window(self.index))
        self._player.video_set_mouse_input(False)
        self._player.video_set_key_input(False)
        events = self._player.event_manager()
        for kind, word in _WORDS.items():
            events.event_attach(kind, self._on_vlc, word)

    def _on_vlc(self, event: Any, word: Word) -> None:
        # VLC calls this on its own thread, from which calling VLC again may lock up: leave a note and return.
        value = int(event.u.new_time) if word == "time" else 0
        self._note(Note(self.index, self.load, word, time.monotonic_ns(), value))


_WORDS: dict[Any, Word] = {
    vlc.EventType.MediaPlayerPaused: "paused",
    vlc.EventType.MediaPlayerVout: "vout",
    vlc.EventType.MediaPlayerTimeChanged: "time",
    vlc.EventType.MediaPlayerEncounteredError: "error",
    vlc.EventType.MediaPlayerEndReached: "ended",
}


def has_sound_device() -> bool:
    """Without one, VLC tries ALSA again for every block of sound."""
    if any(Path("/dev/snd").glob("pcm*p")):
        return True
    return any(Path("/run/user").glob("*/pulse/native")) or any(Path("/run/user").glob("*/pipewire-0"))
