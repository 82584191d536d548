"""Reads pixels back from an X server with ffmpeg's x11grab, never through the player's own eyes."""

import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8]


@dataclass(frozen=True)
class Grab:
    """One grey frame, and the CLOCK_MONOTONIC instant just before it was read."""

    at_ns: int
    pixels: Gray


def grab_picture(display: str, size: tuple[int, int]) -> Image.Image:
    """What the X server shows now."""
    command = [*_x11grab(display, size, fps=30), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=20).stdout
    return Image.frombytes("RGB", size, raw)


class Grabber:
    """Grabs the screen at a steady rate until it is closed; keeps only what `keep` makes of each frame.

    x11grab stamps a frame with the wall clock (gettimeofday) just before it reads it; showinfo tells the stamp
    in microseconds, `-copyts` and passthrough leave it as it is and drop or double nothing. Wall clock and
    CLOCK_MONOTONIC tick alike between two NTP steps, so a stamp is mapped with one offset, read at the start
    as the tightest of some pairs and read again at the end: `clock_slip_ms` is how far the two differ.
    """

    def __init__(self, display: str, size: tuple[int, int], *, fps: int = 60) -> None:
        self._size = size
        self._offset_ns = wall_minus_monotonic_ns()
        self._stamps: list[int] = []
        self._grabs: list[Grab] = []
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
        while len(self._grabs) < count:
            assert time.monotonic() < until, "x11grab delivers no frames"
            time.sleep(0.01)

    def close(self) -> list[Grab]:
        """End the grabbing; every frame with its instant."""
        self._process.send_signal(signal.SIGINT)
        for reader in self._readers:
            reader.join(10)
        self._process.wait(10)
        slip_ns = wall_minus_monotonic_ns() - self._offset_ns
        self.clock_slip_ms = slip_ns / 1e6
        return [
            Grab(stamp * 1000 - self._offset_ns, grab.pixels)
            for stamp, grab in zip(self._stamps, self._grabs, strict=False)
        ]

    def _read_pixels(self, pipe: IO[bytes]) -> None:
        width, height = self._size
        while len(raw := pipe.read(width * height)) == width * height:
            # Every fourth pixel each way tells colour blocks and black apart, and keeps a minute in memory.
            pixels = np.frombuffer(raw, np.uint8).reshape(height, width)[::4, ::4].copy()
            self._grabs.append(Grab(0, pixels))

    def _read_stamps(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            if (told := re.search(rb"n: *\d+ pts: *(\d+) ", line)) is not None:
                self._stamps.append(int(told[1]))


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
