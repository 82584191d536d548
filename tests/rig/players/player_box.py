"""A real player in a process of its own, beside a fake server, with films and pictures of one colour each."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from PIL import Image

from media.daytable import HOUSE, OFF, DayTable
from media.timeline import Timeline
from media.wire.status import Status
from media.wire.timeline import Day, Interrupt, Item, Manifest, MediaRef, ScreenSettings
from tests.rig.players.screens import virtual_screen
from tests.rig.players.xgrab import grab_picture
from tests.rig.servers.fake_server import SCREEN, FakeServer
from tests.rig.servers.processes import Process, eventually, program

SIZE = (640, 360)
SLOT_MS = 1_000
DAY_MS = 86_400_000
COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 30),
    "blue": (30, 30, 220),
    "yellow": (230, 220, 40),
    "white": (245, 245, 245),
}
# The colours that the programme of a test shows in turn, and the colour of house content.
BOTH = ("red", "green")
STAND_BY = "blue"


def a_picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", SIZE, COLOURS[colour]).save(out, "PNG")
    return out.getvalue()


@cache
def a_film(colour: str, *, seconds: int = 4) -> bytes:
    """A silent film of one colour, as the server's screen rendition is."""
    red, green, blue = COLOURS[colour]
    source = f"color=c=0x{red:02x}{green:02x}{blue:02x}:s={SIZE[0]}x{SIZE[1]}:r=25:d={seconds}"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *coding, path], check=True)
        return path.read_bytes()


@dataclass
class Programme:
    """The plan of a fake server: items of a few seconds, over and over, all day."""

    server: FakeServer
    slots_each: int = 4
    items: dict[str, Item] = field(default_factory=dict)
    version: int = 0

    def add(self, colour: str, *, film: bool = False) -> Item:
        """An item of this colour; its media are on the server."""
        raw = a_film(colour, seconds=self.slots_each) if film else a_picture(colour)
        ref = MediaRef(digest=self.server.add_media(raw), mime="video/mp4" if film else "image/png", bytes=len(raw))
        length_ms = self.slots_each * SLOT_MS
        kind = "video" if film else "image"
        item = Item(id=colour, kind=kind, title=colour, length_ms=length_ms, screen=ref)  # type: ignore[arg-type]
        self.items[colour] = item
        return item

    def publish(
        self, *plan: str, house: Sequence[str], interrupts: Sequence[Interrupt] = (), screen: str = SCREEN,
        hint: str | None = "timeline", settings: ScreenSettings | None = None,
    ) -> Timeline:  # fmt: skip
        """Yesterday to the day after tomorrow, every day alike."""
        self.version += 1
        table = self._table(plan)
        today_ms = int(self.server.now_ms()) // DAY_MS * DAY_MS
        days = tuple(
            Day(on=f"day{n}", starts_ms=today_ms + n * DAY_MS, ends_ms=today_ms + (n + 1) * DAY_MS, digest=table.digest)
            for n in (-1, 0, 1)
        )
        manifest = Manifest(
            screen=screen, code="ABC234", version=self.version, effective_ms=0, slot_ms=SLOT_MS, media_base="",
            days=days, items=self.items, house=tuple(house), interrupts=tuple(interrupts),
            settings=settings or ScreenSettings(strip=False, picture_every_s=1),
        )  # fmt: skip
        timeline = Timeline(manifest, {table.digest: table})
        self.server.publish(timeline, hint=hint)
        return timeline

    def _table(self, plan: Sequence[str]) -> DayTable:
        names = tuple(sorted(set(plan) - {"house", "off"}))
        index = {"house": HOUSE, "off": OFF} | {name: n + 1 for n, name in enumerate(names)}
        count = DAY_MS // SLOT_MS
        slots = [index[plan[n // self.slots_each % len(plan)]] for n in range(count)]
        return DayTable(names, slots, [n % self.slots_each == 0 for n in range(count)])


class PlayerBox:
    """`liftcast-player run` on an X server of its own."""

    def __init__(self, folder: Path, server: FakeServer, *, enrolled: bool = True) -> None:
        self.folder = folder
        self.server = server
        self.player_dir = folder / "player"
        self._stack = ExitStack()
        self.display = self._stack.enter_context(virtual_screen(SIZE)).name
        self.process: Process | None = None
        self._starts = 0
        if enrolled:
            self._enrol()

    def start(self, **more: str) -> Process:
        self._starts += 1
        env = {
            "LIFTCAST_SERVER_URL": self.server.url, "LIFTCAST_PLAYER_DIR": str(self.player_dir),
            "LIFTCAST_POLL_S": "1", "LIFTCAST_HARDWARE_ID": "box-1", "DISPLAY": self.display,
        }  # fmt: skip
        command = [program("liftcast-player"), "run"]
        self.process = Process(f"player-{self._starts}", command, folder=self.folder / "logs", env={**env, **more})
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._stack.close()
        if error is not None and self.process is not None:
            error.add_note(f"--- the player said\n{self.process.output()[-4000:]}")

    def child_pid(self, *, after: int | None = None) -> int:
        """The process that shows through VLC, as soon as there is one: `after` a child that has died, its successor."""
        assert self.process is not None
        command = ["pgrep", "-P", str(self.process.pid), "-f", "vlc_child"]

        def look() -> int | None:
            children = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
            return next((pid for pid in map(int, children) if pid != after), None)

        return eventually(look, within_s=30, what="the display's child")

    def journal(self, query: str = "SELECT id FROM play") -> list[tuple[Any, ...]]:
        """The journal as another reader of the file sees it; without a query, the plays that wait in it."""
        address = f"file:{self.player_dir / 'journal.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=10)) as db:
            return db.execute(query).fetchall()

    @property
    def memory_mb(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def colour(self) -> str | None:
        """The colour in the middle of the screen, read from the X server."""
        red, green, blue = grab_picture(self.display, SIZE).getpixel((320, 100))  # type: ignore[misc]
        return nearest_colour((red, green, blue))

    def wait_for_colour(self, *colours: str, within_s: float = 30) -> str:
        def look() -> str | None:
            seen = self.colour()
            return seen if seen in colours else None

        return eventually(look, within_s=within_s, what=f"{' or '.join(colours)} on the screen", every_s=0.2)

    def wait_for_override(self, why: str, *, within_s: float = 30) -> Status:
        def look() -> Status | None:
            newest = self.server.statuses[-1:]
            return newest[0] if newest and newest[0].override and why in newest[0].override.why else None

        return eventually(look, within_s=within_s, what=f"an override because {why!r}")

    def wait_for_plays(self, count: int, *, within_s: float = 40) -> None:
        before = len(self.server.plays)
        eventually(lambda: len(self.server.plays) >= before + count, within_s=within_s, what=f"{count} more plays")

    def _enrol(self) -> None:
        self.player_dir.mkdir(parents=True)
        token = os.urandom(32).hex()
        (self.player_dir / "token").write_text(token)
        self.server.enrol(hashlib.sha256(token.encode()).hexdigest())


def nearest_colour(rgb: tuple[int, int, int]) -> str | None:
    """One of ours, black, or nothing."""
    for name, known in {**COLOURS, "black": (0, 0, 0)}.items():
        if all(abs(a - b) < 30 for a, b in zip(rgb, known, strict=True)):
            return name
    return None
