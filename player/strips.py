"""The strip over every item, drawn ahead of its time: page QR with the item and the presence token, WiFi, address.

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

from PIL import Image, ImageDraw

from media import cards
from media.lettering import Box, draw_block, fit_or_cut
from media.presence import NEW_EVERY_MS, token_at
from media.timeline import Timeline
from media.wire import Item, ScreenSettings
from player.clock import Clock

logger = logging.getLogger(__name__)

KEPT = 32
CHINESE_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "PRC", "ROC")


@dataclass(frozen=True)
class StripKey:
    """All that a strip's picture depends on."""

    size: tuple[int, int]
    settings: ScreenSettings
    item: str
    window: int


class StripMaker:
    """`ahead` says which will be needed, `at_hand` gives what is drawn; neither draws."""

    def __init__(self, folder: Path, size: tuple[int, int], clock: Clock, *, on_drawn: Callable[[], None]) -> None:
        self._folder = folder
        self._size = size
        self._clock = clock
        self._on_drawn = on_drawn
        self._settings: ScreenSettings | None = None
        self._code = ""
        self._told = threading.Condition()
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
        with self._told:
            self._stopping = True
            self._told.notify()
        self._thread.join(timeout=2)

    def ahead(self, timeline: Timeline | None, item: Item | None) -> None:
        """This item comes next: have its strip ready."""
        self._settings = timeline.manifest.settings if timeline else None
        self._code = timeline.manifest.code if timeline else ""
        if item is not None and self._settings is not None and self._settings.strip:
            self._order(self._key(self._settings, item))

    def at_hand(self, item: Item | None) -> Path | None:
        """The strip for what is visible: today's, or while it is being drawn the last one of the same item."""
        if self._identity is not None and self._clock.now_ns() < self._identify_until_ns:
            return self._identity
        if item is None or self._settings is None or not self._settings.strip:
            return None
        key = self._key(self._settings, item)
        with self._told:
            for known in (key, replace(key, window=key.window - 1)):
                if known in self._drawn:
                    self._drawn[known] = self._drawn.pop(known)  # what was used last is dropped last
                    break
        if key not in self._drawn:
            self._order(key)
        return self._drawn.get(key) or self._drawn.get(replace(key, window=key.window - 1))

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
        return self._size[0], round(self._size[1] * cards.STRIP_SHARE)

    def _key(self, settings: ScreenSettings, item: Item) -> StripKey:
        return StripKey(self._strip_size, settings, item.id, self._clock.now_ms() // NEW_EVERY_MS)

    def _order(self, key: StripKey) -> None:
        with self._told:
            if key not in self._drawn and key not in self._ordered:
                self._ordered.append(key)
                self._told.notify()

    def _run(self) -> None:
        while (key := self._next_order()) is not None:
            try:
                self._draw(key)
            except OSError as error:
                logger.warning("strip not drawn why=%s", error)
            with self._told:
                self._ordered.remove(key)
            self._on_drawn()

    def _next_order(self) -> StripKey | None:
        with self._told:
            self._told.wait_for(lambda: self._ordered or self._stopping)
            return None if self._stopping else self._ordered[0]

    def _draw(self, key: StripKey) -> None:
        self._number += 1
        path = self._folder / f"strip-{self._number}.png"
        draw_strip(key).save(path)
        with self._told:
            self._drawn[key] = path
            dropped = list(self._drawn)[:-KEPT]
            gone = [self._drawn.pop(old) for old in dropped]
        for old_path in gone:
            old_path.unlink(missing_ok=True)


def page_link(settings: ScreenSettings, item: str, now_ms: int) -> str:
    """What the QR says: the screen's page, the item that was scanned, and proof of presence."""
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
    return cards.strip(*key.size, link, settings.short_address, settings.wifi, language)


def draw_identity(size: tuple[int, int], told: str) -> Image.Image:
    """The screen's code and venue, as large as the strip allows."""
    width, height = size
    image = Image.new("RGB", size, cards.ACCENT)
    sizes = [round(height * share / 100) for share in (70, 60, 50, 40, 30, 20)]
    block = fit_or_cut(told, width - height, height, sizes=sizes, bold=True)
    box = Box(height // 2, 0, width - height, height)
    draw_block(ImageDraw.Draw(image), block, box, fill=cards.INK, align="center", middle=True)
    return image
