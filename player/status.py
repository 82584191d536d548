"""The heartbeat: what the player tells of itself. A fault that has a reason tells it."""

from __future__ import annotations

import platform
import shutil
import time
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

from media.wire import FileTrouble, Status
from player.cache import Cache
from player.clock import Clock
from player.held import HeldTimeline
from player.journal import Journal
from player.scribe import Scribe
from player.showing import ShowLoop

MISSING_TOLD = 20
SOFTWARE = f"liftcast {installed('liftcast')} python {platform.python_version()} {platform.machine()}"


@dataclass
class Heartbeat:
    """Composes the status; counts up, so that the server knows an old one from a new one."""

    hardware: str
    boot_id: str
    folder: Path
    clock: Clock
    cache: Cache
    held: HeldTimeline
    journal: Journal
    scribe: Scribe
    loop: ShowLoop
    seq: int = 0

    def __post_init__(self) -> None:
        self._started_s = time.monotonic()

    def next(self) -> Status:
        """The status to be sent, with a number of its own."""
        self.seq += 1
        return self.now()

    def now(self) -> Status:
        held_files, wanted_files = self.cache.counts()
        missing = list(self.cache.missing().items())[:MISSING_TOLD]
        manifest, showing = self.held.manifest, self.loop.showing
        return Status(
            hardware=self.hardware,
            boot_id=self.boot_id,
            seq=self.seq,
            screen=manifest.screen if manifest else None,
            version=manifest.version if manifest else None,
            now_ms=self.clock.now_ms(),
            uptime_s=round(time.monotonic() - self._started_s),
            clock_offset_ms=self.clock.offset_ms,
            clock_error_ms=self.clock.error_ms,
            clock_trusted=self.clock.trusted,
            showing=showing[0] if showing else None,
            showing_since_ms=showing[1] if showing else None,
            files_held=held_files,
            files_wanted=wanted_files,
            files_missing=tuple(FileTrouble(digest=digest, why=why) for digest, why in missing),
            disk_free_bytes=shutil.disk_usage(self.folder).free,
            plays_waiting=self.journal.waiting(),
            display=self._display_told(),
            override=self.loop.override,
            software=SOFTWARE,
        )

    def _display_told(self) -> str:
        """What is wrong with the output or the journal, or nothing."""
        told = [f"the display has been broken for {self.loop.down_for_ns() // 10**9} s"] if self.loop.is_down else []
        if self.scribe.trouble:
            told.append(f"plays cannot be written: {self.scribe.trouble}")
        return "; ".join(told)


def worth_telling(status: Status) -> tuple[object, ...]:
    """What is told at once when it changes; everything else waits for the next heartbeat."""
    why = status.override.why if status.override else ""
    return (status.screen, status.version, status.clock_trusted, why, status.display, status.files_missing)
