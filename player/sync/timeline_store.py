"""The timeline that is held and ready, and the newer ones whose files are on their way.

Of the newer versions two are known: the next one, whose files are fetched, and the newest, if that is another one.
So a version that arrives while the files of an earlier one are being fetched does not start that anew, and on a slow
link, however often versions come, one after the other is completed. Whichever is complete is taken, the newest first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from media.daytable import BadDayTable, DayTable, decode
from media.timeline import Timeline
from media.wire.timeline import Manifest
from player.files import read_if_there, remove_whole, write_whole
from player.sync.cache import Cache
from player.sync.clock import Clock
from player.sync.link import Fetched
from player.sync.media_needs import SOON_MS, days_needed, fetch_order, needed_soon

logger = logging.getLogger(__name__)

PATIENCE_NS = 10 * 60 * 10**9  # then the newest timeline is taken with what is there; house content stands in
LOOK_AGAIN_NS = 5 * 60 * 10**9


class TimelineStore:
    """The timeline to show. A newer version replaces it once its next ten minutes are on the disk; its interrupts apply
    at once.

    for_phones: whether the files for phones are fetched too
    """

    def __init__(self, folder: Path, cache: Cache, clock: Clock, *, for_phones: bool = False) -> None:
        self._for_phones = for_phones
        self._file = folder / "timeline"
        self._cache = cache
        self._clock = clock
        self.on_change: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._tables: dict[str, DayTable] = {}
        self._held: Fetched | None = None
        self._next: Fetched | None = None
        self._newest: Fetched | None = None  # None if that is the next one, or the held one
        self._waiting_since_ns = 0  # since the last version was taken, or since the first that was not came
        self._wanted_ns = 0
        self._unwritten = False
        self.timeline: Timeline | None = None

    @property
    def manifest(self) -> Manifest | None:
        """The head of the version that is held and ready."""
        return self._held.manifest if self._held else None

    @property
    def newest(self) -> Manifest | None:
        """The head of the newest version that came."""
        fetched = self._last()
        return fetched.manifest if fetched else None

    @property
    def etag(self) -> str:
        fetched = self._last()
        return fetched.etag if fetched else ""

    def _last(self) -> Fetched | None:
        return self._newest or self._next or self._held

    def load(self) -> None:
        """Go on with what an earlier run held, uplink or not."""
        raw = read_if_there(self._file)
        if raw is None:
            return
        etag, _, manifest = raw.partition(b"\n")
        try:
            self._held = Fetched(Manifest.model_validate_json(manifest), etag.decode(), manifest)
        except ValidationError as error:
            logger.error("stored timeline unreadable errors=%d", error.error_count())
            return
        logger.info("timeline loaded screen=%s version=%d", self._held.manifest.screen, self._held.manifest.version)
        self.settle()

    def accept(self, newer: Fetched) -> None:
        """A newer version came: fetch what it needs, and take it when it can be shown."""
        with self._lock:
            if self._next is None or self._next.manifest.screen != newer.manifest.screen:
                self._next, self._newest = newer, None
                self._waiting_since_ns = self._clock.now_ns()
            else:
                self._newest = newer
            self._wanted_ns = 0
            self.settle()

    def settle(self) -> None:
        """Look what has become possible: called when a file came or went, and every so often."""
        with self._lock:
            before = self.timeline
            if self._read_tables():
                self._wanted_ns = 0
            if (ready := self._ready()) is not None:
                self._adopt(ready)
            self._want()
            self._write()
            self.timeline = self._composed(before)
        if self.timeline is not before:
            self._report_change()

    def forget(self) -> None:
        """This box is not to show this screen any more."""
        with self._lock:
            self._held = self._next = self._newest = self.timeline = None
            self._tables = {}
            remove_whole(self._file)
            self._cache.want([], soon_ms=0)
        self._report_change()

    def _report_change(self) -> None:
        for call in self.on_change:
            call()

    def _read_tables(self) -> bool:
        """Decode the tables that have come, drop those nobody names; True if there are new ones."""
        known = [fetched.manifest for fetched in (self._held, self._next, self._newest) if fetched]
        named = {day.digest for manifest in known for day in manifest.days}
        self._tables = {digest: table for digest, table in self._tables.items() if digest in named}
        come = [digest for digest in named - set(self._tables) if self._cache.holds(digest)]
        read = {digest: table for digest in come if (table := self._read_table(digest)) is not None}
        self._tables |= read
        return bool(read)

    def _read_table(self, digest: str) -> DayTable | None:
        try:
            return decode(self._cache.path(digest).read_bytes())
        except (OSError, BadDayTable) as error:
            logger.warning("day table unreadable digest=%s why=%s", digest, error)
            self._cache.doubt(digest)
            return None

    def _ready(self) -> Fetched | None:
        """The newest version that can be shown; after ten minutes of waiting the newest, whatever is missing."""
        waiting = [fetched for fetched in (self._newest, self._next) if fetched is not None]
        if waiting and self._clock.now_ns() - self._waiting_since_ns > PATIENCE_NS:
            return waiting[0]
        return next((fetched for fetched in waiting if self._is_complete(fetched.manifest)), None)

    def _is_complete(self, newer: Manifest) -> bool:
        """Tables and media of the next ten minutes are here, or have failed.

        A box that holds nothing for this screen yet waits for the tables only: house content stands in meanwhile.
        """
        now_ms = self._clock.now_ms()
        tables = {day.digest for day in days_needed(newer, now_ms)}
        if any(digest not in self._tables and not self._cache.given_up(digest) for digest in tables):
            return False
        if self._held is None or self._held.manifest.screen != newer.screen:
            return True
        soon = needed_soon(Timeline(newer, self._tables), now_ms)
        return all(self._cache.holds(digest) or self._cache.given_up(digest) for digest in soon)

    def _adopt(self, newer: Fetched) -> None:
        took_ms = (self._clock.now_ns() - self._waiting_since_ns) // 1_000_000
        manifest = newer.manifest
        logger.info("timeline held screen=%s version=%d took_ms=%d", manifest.screen, manifest.version, took_ms)
        self._next = self._newest if newer is self._next else None
        self._held, self._newest = newer, None
        self._waiting_since_ns = self._clock.now_ns()
        self._unwritten = True
        self._wanted_ns = 0

    def _want(self) -> None:
        """Hand the cache the list of needed files: when it changed, and every five minutes, as time goes on."""
        now_ns, now_ms = self._clock.now_ns(), self._clock.now_ms()
        if self._wanted_ns and now_ns - self._wanted_ns < LOOK_AGAIN_NS:
            return
        self._wanted_ns = now_ns
        known = [Timeline(fetched.manifest, self._tables) for fetched in (self._next, self._held) if fetched]
        newest = Timeline(self._newest.manifest, self._tables) if self._newest else None
        self._cache.want(fetch_order(known, newest, now_ms, for_phones=self._for_phones), soon_ms=now_ms + SOON_MS)

    def _write(self) -> None:
        """On the disk for the next start; a disk that takes nothing now may later."""
        if not self._unwritten or self._held is None:
            return
        try:
            write_whole(self._file, self._held.etag.encode() + b"\n" + self._held.raw)
        except OSError as error:
            logger.warning("timeline not written why=%s", error.strerror)
        else:
            self._unwritten = False

    def _composed(self, before: Timeline | None) -> Timeline | None:
        """The held version with the newest interrupts; the same object while nothing changed."""
        if self._held is None:
            return None
        manifest = self._held.manifest
        newest = self.newest or manifest
        if newest.screen == manifest.screen and newest.interrupts != manifest.interrupts:
            added = {i.item: newest.items[i.item] for i in newest.interrupts if i.item in newest.items}
            manifest = manifest.model_copy(update={"interrupts": newest.interrupts, "items": manifest.items | added})
        tables = {day.digest: self._tables[day.digest] for day in manifest.days if day.digest in self._tables}
        if before is not None and before.manifest == manifest and before.tables.keys() == tables.keys():
            return before
        return Timeline(manifest, tables)
