"""Reads pixels back from an X server with ffmpeg's x11grab, never through the player's own eyes."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8]


Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Grab(Generic[Seen]):
    """One frame's pixels, and the CLOCK_MONOTONIC instant just before it was read."""

    at_ns: int
    seen: Seen


def grab_picture(display: str, size: tuple[int, int]) -> Image.Image:
    """The X server's picture now."""
    command = [*_x11grab(display, size, fps=30), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=20).stdout
    return Image.frombytes("RGB", size, raw)


class Grabber(Generic[Seen]):
    """Grabs the screen at a steady rate until it is closed; keeps only what `see` makes of each grey frame.

    x11grab stamps a frame with the wall clock (gettimeofday) just before it reads it; showinfo prints the stamp
    in microseconds, `-copyts` and passthrough leave it as it is and drop or double nothing. Wall clock and
    CLOCK_MONOTONIC tick alike between two NTP steps, so a stamp is mapped with one offset, read at the start
    as the tightest of some pairs and read again at the end: `clock_slip_ms` is how far the two differ.
    """

    def __init__(self, display: str, size: tuple[int, int], *, see: Callable[[Gray], Seen], fps: int = 60) -> None:
        self._size, self._see = size, see
        self._offset_ns = wall_minus_monotonic_ns()
        self._stamps: list[int] = []
        self._seen: list[Seen] = []
        self.clock_slip_ms = 0.0
        command = [*_x11grab(display, size, fps=fps, level="info"), "-vf", "showinfo=checksum=0", "-copyts"]
        out = ["-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
        self._process = subprocess.Popen([*command, *out], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read_pixels, args=[self._process.stdout], daemon=True),
            threading.Thread(target=self._read_stamps, args=[self._process.stderr], daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def await_frames(self, count: int, *, within_s: float = 20.0) -> None:
        until = time.monotonic() + within_s
        while len(self._seen) < count:
            assert time.monotonic() < until, "x11grab delivers no frames"
            time.sleep(0.01)

    def close(self) -> list[Grab[Seen]]:
        """End the grabbing: what was seen in every frame, and when."""
        self._process.send_signal(signal.SIGINT)
        for reader in self._readers:
            reader.join(10)
        self._process.communicate(timeout=10)  # nothing is left to read: this closes the pipes
        slip_ns = wall_minus_monotonic_ns() - self._offset_ns
        self.clock_slip_ms = slip_ns / 1e6
        instants = (stamp * 1000 - self._offset_ns for stamp in self._stamps)
        return [Grab(at_ns, seen) for at_ns, seen in zip(instants, self._seen, strict=False)]

    def _read_pixels(self, pipe: IO[bytes]) -> None:
        width, height = self._size
        while len(raw := pipe.read(width * height)) == width * height:
            self._seen.append(self._see(np.frombuffer(raw, np.uint8).reshape(height, width)))

    def _read_stamps(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            if (stamp := re.search(rb"n: *\d+ pts: *(\d+) ", line)) is not None:
                self._stamps.append(int(stamp[1]))


def wall_minus_monotonic_ns() -> int:
    """The offset of the two clocks: of many pairs of readings the one that took least time."""
    pairs = []
    for _ in range(50):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        pairs.append((after - before, wall - (before + after) // 2))
    return min(pairs)[1]


def _x11grab(display: str, size: tuple[int, int], *, fps: int, level: str = "error") -> list[str]:
    width, height = size
    source = ["-f", "x11grab", "-draw_mouse", "0", "-framerate", str(fps), "-video_size", f"{width}x{height}"]
    return ["ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", level, *source, "-i", display]
