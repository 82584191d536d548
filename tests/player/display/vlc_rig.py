"""A real display on a real Xvfb, media to show on it, and eyes that wait for what they expect."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from player.display.api import Event, EventKind, Showing
from player.display.vlc_display import VlcDisplay
from player.display.xserver import OwnServer, XServer
from tests.rig.players.xgrab import grab_picture

SIZE = (320, 180)
MIDDLE = (160, 80)
BOTTOM = (160, 176)
RED, BLUE, GREEN, BLACK = (255, 0, 0), (0, 0, 255), (0, 255, 0), (0, 0, 0)
CLOSE = 40
PATIENCE_S = 30.0

Colour = tuple[int, int, int]


class Rig:
    """One display and its X server: one of its own, unless one is given."""

    def __init__(self, server: XServer | None = None) -> None:
        self.server = server or OwnServer(SIZE)
        self.display = VlcDisplay(self.server)
        self.heard: list[Event] = []

    @property
    def child(self) -> int:
        assert self.display.child_pid is not None
        return self.display.child_pid

    def close(self) -> None:
        self.display.close()

    def show(self, path: Path, mime: str = "video/mp4", *, id: str = "", from_ms: int = 0, sound: bool = False) -> str:
        """Prepare it and show it at once; back when it is visible."""
        name = id or path.stem
        self.prepare(path, mime, id=name, from_ms=from_ms, sound=sound)
        self.display.show(name, time.monotonic_ns())
        self.await_event("shown", name)
        return name

    def prepare(self, path: Path, mime: str = "video/mp4", *, id: str, from_ms: int = 0, sound: bool = False) -> None:
        self.display.prepare(Showing(id, path, mime, length_ms=60_000, from_ms=from_ms, sound=sound))
        self.await_event("ready", id)

    def await_event(self, kind: EventKind, showing: str | None) -> Event:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for event in self.heard:
                if (event.kind, event.showing) == (kind, showing):
                    self.heard.remove(event)
                    return event
            select.select([self.display.wake_fd], [], [], 0.5)
            self.heard += self.display.events()
        raise AssertionError(f"no {kind} of {showing}, but {self.heard}")

    def pixel(self, at: tuple[int, int] = MIDDLE) -> Colour:
        pixel = grab_picture(self.server.name(), SIZE).getpixel(at)
        assert isinstance(pixel, tuple)
        return int(pixel[0]), int(pixel[1]), int(pixel[2])

    def await_colour(self, colour: Colour, at: tuple[int, int] = MIDDLE) -> None:
        await_true(lambda: is_close(self.pixel(at), colour), f"{colour} at {at}")


def is_close(seen: Colour, expected: Colour) -> bool:
    return all(abs(a - b) <= CLOSE for a, b in zip(seen, expected, strict=True))


def await_true(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"never came: {what}"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """No such process, or only its exit status is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def film(path: Path, *colours: str, seconds: float = 30, sound: bool = False, sound_s: float = 0) -> Path:
    """A film of one colour after the other; its sound is as long, or `sound_s`."""
    parts = [f"color={colour}:s={SIZE[0]}x{SIZE[1]}:r=25:d={seconds / len(colours)}" for colour in colours]
    graph = ";".join(f"{part}[v{n}]" for n, part in enumerate(parts))
    joined = "".join(f"[v{n}]" for n in range(len(parts))) + f"concat=n={len(parts)}"
    heard_s = sound_s or (seconds if sound else 0)
    audio = ["-f", "lavfi", "-i", f"sine=d={heard_s}", "-c:a", "aac"] if heard_s else ["-an"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    command = ["ffmpeg", "-y", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", f"{graph};{joined}"]
    subprocess.run([*command, *audio, *codec, str(path)], check=True, timeout=60)
    return path


def still(path: Path, colour: Colour, *, size: tuple[int, int] = SIZE) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path
