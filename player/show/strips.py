"""The strip over every item, drawn ahead of its time: page QR with the item and the presence token, WiFi, address.

Over the building's card it is higher, and has the time: a new one every minute.

Drawing one takes 20–40 ms of processor on a desktop machine and some five times that on a Pi, on a thread of its own:
few enough for one per item and token, so that a phone knows what it scanned.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image

from media.cards.building import PANEL_SHARE, clock_panel, time_in
from media.cards.layout import ACCENT, INK, STRIP_SHARE
from media.cards.lettering import Box, draw_block, fit_or_cut
from media.cards.strip import strip_card
from media.presence import NEW_EVERY_MS, token_at
from media.timeline import Timeline
from media.wire.timeline import Item, ScreenSettings
from player.sync.clock import Clock

logger = logging.getLogger(__name__)

KEPT = 32
MINUTE_MS = 60_000
MINUTE_AHEAD_MS = 10_000  # the next minute is drawn so long before it begins
CHINESE_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "PRC", "ROC")


@dataclass(frozen=True)
class StripKey:
    """All that a strip's picture depends on."""

    size: tuple[int, int]
    settings: ScreenSettings
    item: str
    window: int
    zone: str = ""  # of the clock that is drawn; none: a plain strip
    minute: int | None = None  # since 1970; None while no time is trusted


class StripMaker:
    """`ahead` says which will be needed, `at_hand` gives what is drawn; neither draws."""

    def __init__(self, folder: Path, size: tuple[int, int], clock: Clock, *, on_drawn: Callable[[], None]) -> None:
        self._folder = folder
        self._size = size
        self._clock = clock
        self._on_drawn = on_drawn
        self._settings: ScreenSettings | None = None
        self._code = ""
        self._condition = threading.Condition()
        self._ordered: list[StripKey] = []
        self._drawn: dict[StripKey, Path] = {}
        self._number = 0
        self._identify_until_ns = 0
        self._identity: Path | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="strips", daemon=True)

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*.png"):
            old.unlink()
        self._thread.start()

    def stop(self) -> None:
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join(timeout=2)

    def ahead(self, timeline: Timeline | None, item: Item | None) -> None:
        """This item comes next: have its strip ready."""
        self._settings = timeline.manifest.settings if timeline else None
        self._code = timeline.manifest.code if timeline else ""
        if item is not None and self._settings is not None and _has_strip(self._settings, item):
            self._order(self._key(self._settings, item))

    def at_hand(self, item: Item | None) -> Path | None:
        """The strip for what is visible: the present one, or while it is being drawn the last one of the same item."""
        if self._identity is not None and self._clock.now_ns() < self._identify_until_ns:
            return self._identity
        if item is None or self._settings is None or not _has_strip(self._settings, item):
            return None
        key = self._key(self._settings, item)
        self._order(key)
        if key.minute is not None and self._clock.now_ms() % MINUTE_MS > MINUTE_MS - MINUTE_AHEAD_MS:
            self._order(self._key(self._settings, item, ahead_ms=MINUTE_AHEAD_MS))
        with self._condition:
            known = next((known for known in (key, *_earlier(key)) if known in self._drawn), None)
            if known is None:
                return None
            path = self._drawn[known] = self._drawn.pop(known)  # what was used last is dropped last
            return path

    def identify(self, for_s: float = 15.0) -> None:
        """Say for a while which screen this is."""
        venue = self._settings.venue if self._settings else ""
        path = self._folder / "identity.png"
        draw_identity(self._strip_size, f"{self._code}   {venue}").save(path)
        self._identity = path
        self._identify_until_ns = self._clock.now_ns() + round(for_s * 1e9)
        self._on_drawn()

    @property
    def _strip_size(self) -> tuple[int, int]:
        return self._size[0], round(self._size[1] * STRIP_SHARE)

    def _key(self, settings: ScreenSettings, item: Item, *, ahead_ms: int = 0) -> StripKey:
        now_ms = self._clock.now_ms() + ahead_ms
        window = now_ms // NEW_EVERY_MS
        if not item.clock:
            return StripKey(self._strip_size, settings, item.id, window)
        size = (self._size[0], int(self._size[1] * PANEL_SHARE))
        minute = now_ms // MINUTE_MS if self._clock.trusted else None
        return StripKey(size, settings, item.id, window, item.clock, minute)

    def _order(self, key: StripKey) -> None:
        with self._condition:
            if key not in self._drawn and key not in self._ordered:
                self._ordered.append(key)
                self._condition.notify()

    def _run(self) -> None:
        while (key := self._next_order()) is not None:
            try:
                self._draw(key)
            except Exception:  # also of the libraries that draw: the next strip is drawn all the same
                logger.exception("strip not drawn item=%s", key.item)
            with self._condition:
                self._ordered.remove(key)
            self._on_drawn()

    def _next_order(self) -> StripKey | None:
        with self._condition:
            self._condition.wait_for(lambda: self._ordered or self._stopping)
            return None if self._stopping else self._ordered[0]

    def _draw(self, key: StripKey) -> None:
        self._number += 1
        path = self._folder / f"strip-{self._number}.png"
        draw_strip(key).save(path)
        with self._condition:
            self._drawn[key] = path
            dropped = list(self._drawn)[:-KEPT]
            gone = [self._drawn.pop(old) for old in dropped]
        for old_path in gone:
            old_path.unlink(missing_ok=True)


def _has_strip(settings: ScreenSettings, item: Item) -> bool:
    """The panel with the time is part of the building's card, whether a screen has strips or not."""
    return settings.strip or bool(item.clock)


def _earlier(key: StripKey) -> list[StripKey]:
    """The keys of strips that may still be shown while this one is drawn: a window or a minute older."""
    minutes = [key.minute] if key.minute is None else [key.minute, key.minute - 1]
    keys = [replace(key, window=key.window - ago, minute=minute) for minute in minutes for ago in (0, 1)]
    return keys[1:]


def page_link(settings: ScreenSettings, item: str, now_ms: int) -> str:
    """The address in the QR code: the screen's page, the item that was scanned, and proof of presence."""
    query = {"i": item} if item else {}
    if settings.presence_key:
        query["p"] = token_at(settings.presence_key, now_ms)
    return f"{settings.page_url}?{urlencode(query)}" if query else settings.page_url


def language_of(zone: str) -> str:
    """A screen speaks the language of its place."""
    return "zh" if zone in CHINESE_ZONES else "en"


def draw_strip(key: StripKey) -> Image.Image:
    settings = key.settings
    link = page_link(settings, key.item, key.window * NEW_EVERY_MS)
    language = language_of(settings.zone)
    if key.zone:
        at = None if key.minute is None else time_in(key.zone, key.minute * MINUTE_MS)
        return clock_panel(key.size, at, link, settings.short_address, settings.wifi, language)
    return strip_card(*key.size, link, settings.short_address, settings.wifi, language)


def draw_identity(size: tuple[int, int], words: str) -> Image.Image:
    """The screen's code and venue, as large as the strip allows."""
    width, height = size
    image = Image.new("RGB", size, ACCENT)
    sizes = [round(height * share / 100) for share in (70, 60, 50, 40, 30, 20)]
    block = fit_or_cut(words, width - height, height, sizes=sizes, bold=True)
    box = Box(height // 2, 0, width - height, height)
    draw_block(image, block, box, fill=INK, align="center", middle=True)
    return image
