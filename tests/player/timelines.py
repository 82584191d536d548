"""Timelines and items for the player's tests, small enough to be read in one look."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from media.daytable import HOUSE, OFF, DayTable
from media.timeline import Timeline
from media.wire.timeline import Day, Filler, Interrupt, Item, Manifest, MediaRef, ScreenSettings

MONDAY_MS = 1_772_409_600_000  # 2026-03-02T00:00Z
DAY_MS = 86_400_000
SLOT_MS = 5_000
BARE = ScreenSettings(strip=False)
SCREEN = "01JSCREEN0000000000000000A"


def digest_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def an_item(name: str, *, slots: int = 2, mime: str = "image/png", size: int = 1000, digest: str = "") -> Item:
    ref = MediaRef(digest=digest or digest_of(name), mime=mime, bytes=size)
    return Item(id=name, kind="image", title=name, campaign=None, length_ms=slots * SLOT_MS, screen=ref)


def a_table(plan: Sequence[str], *, slots_each: int = 2, until: int = DAY_MS // SLOT_MS) -> DayTable:
    """Showings one after the other from midnight on, over and over; "house" and "off" are no items."""
    items = tuple(sorted(set(plan) - {"house", "off"}))
    index = {"house": HOUSE, "off": OFF} | {name: i + 1 for i, name in enumerate(items)}
    slots = [index[plan[i // slots_each % len(plan)]] for i in range(until)]
    return DayTable(items, slots, [i % slots_each == 0 for i in range(until)])


def a_timeline(
    plan: Sequence[str] = ("a", "b"),
    *,
    house: Sequence[str] = ("h",),
    version: int = 1,
    days: int = 1,
    interrupts: Sequence[Interrupt] = (),
    items: Sequence[Item] = (),
    screen: str = SCREEN,
    settings: ScreenSettings = BARE,
    until: int = DAY_MS // SLOT_MS,
    fillers: Sequence[Filler] = (),
) -> Timeline:
    """The same plan on each day from Monday on."""
    table = a_table(plan, until=until)
    names = {*plan, *house, *(i.item for i in interrupts), *(filler.item for filler in fillers)}
    named = [an_item(name) for name in names - {"house", "off"}]
    manifest = Manifest(
        screen=screen,
        code="ABC234",
        version=version,
        effective_ms=MONDAY_MS,
        slot_ms=SLOT_MS,
        media_base="http://media.invalid",
        days=tuple(
            Day(on=f"2026-03-{2 + n:02}", starts_ms=MONDAY_MS + n * DAY_MS, ends_ms=MONDAY_MS + (n + 1) * DAY_MS,
                digest=table.digest)
            for n in range(days)
        ),
        items={item.id: item for item in (*named, *items)},
        house=tuple(house),
        fillers=tuple(fillers),
        interrupts=tuple(interrupts),
        settings=settings,
    )  # fmt: skip
    return Timeline(manifest, {table.digest: table})
