"""The heartbeat: the state of the player as it reports it to the server, with the reason of each fault."""

from __future__ import annotations

import platform
import shutil
import time
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

from media.wire.status import Fault, FaultKind, FileTrouble, Hotspot, Status
from player.hotspot.phone_counts import NoHotspot, PhoneCounts
from player.journal.journal import Journal
from player.journal.journal_writer import JournalWriter
from player.show.item_library import ItemLibrary
from player.show.showing import ShowLoop
from player.sync.cache import Cache
from player.sync.certificate_requests import CertificateRequests
from player.sync.clock import Clock
from player.sync.timeline_store import TimelineStore

MISSING_REPORTED = 20
SOFTWARE = f"liftcast {installed('liftcast')} python {platform.python_version()} {platform.machine()}"


@dataclass
class Heartbeat:
    """Composes the status; counts up, so that the server knows an old one from a new one."""

    hardware: str
    boot_id: str
    folder: Path
    clock: Clock
    cache: Cache
    timeline_store: TimelineStore
    journal: Journal
    journal_writer: JournalWriter
    loop: ShowLoop
    item_library: ItemLibrary
    phone_counts: PhoneCounts | NoHotspot
    certificates: CertificateRequests
    seq: int = 0

    def __post_init__(self) -> None:
        self._started_s = time.monotonic()

    def next(self) -> Status:
        """The status to be sent, with a number of its own."""
        self.seq += 1
        return self.now()

    def now(self) -> Status:
        held_files, wanted_files = self.cache.counts()
        missing = list(self.cache.missing().items())[:MISSING_REPORTED]
        manifest, showing, faults = self.timeline_store.manifest, self.loop.showing, self._faults()
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
            display="; ".join(fault.why for fault in faults if fault.kind != FaultKind.ITEM),
            faults=tuple(faults),
            override=self.loop.override,
            software=SOFTWARE,
            hotspot=self._hotspot(),
        )

    def _hotspot(self) -> Hotspot | None:
        hotspot = self.phone_counts.report()
        known = {"certificate": self.certificates.report, "referees": True}
        return hotspot.model_copy(update=known) if hotspot else None

    def _faults(self) -> list[Fault]:
        """The faults of the display and the journal, and the files that could not be shown in the last minute."""
        cause, why = self.loop.trouble
        kind = FaultKind.X_SERVER if cause == "x_server" else FaultKind.DISPLAY
        faults = [Fault(kind=kind, why=why)] if cause else []
        if self.journal_writer.trouble:
            faults.append(Fault(kind=FaultKind.JOURNAL, why=f"plays cannot be written: {self.journal_writer.trouble}"))
        failures = self.item_library.failures()
        return faults + [Fault(kind=FaultKind.ITEM, why=f.why, title=f.item.title) for f in failures]


def news_of(status: Status) -> tuple[object, ...]:
    """The parts of a status that are reported at once when they change; the others wait for the next heartbeat."""
    why = status.override.why if status.override else ""
    is_black = status.showing is None
    hotspot = status.hotspot or Hotspot()
    return (
        status.screen, status.version, status.clock_trusted, is_black, why, status.faults, status.files_missing,
        hotspot.plan, hotspot.certificate,
    )  # fmt: skip
