"""The files that a timeline needs on the disk, and when. Pure. Soonest first is fetched first, and goes last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from media.daytable import HOUSE, OFF, DayTable
from media.fillers import fillers_of
from media.timeline import Timeline
from media.wire.timeline import Day, Item, Manifest, MediaRef

SOON_MS = 10 * 60_000
TABLE_LIMIT = 4 << 20
AFTER_ALL_MS = 1 << 62


@dataclass(frozen=True)
class Need:
    """A file by digest, of at most so many bytes (exactly so many for media), and the first instant it is needed."""

    digest: str
    bytes: int
    at_ms: int
    is_table: bool = False


def needs_of(timeline: Timeline, now_ms: int) -> list[Need]:
    """All that this timeline will show from now on, soonest first. A table comes before the items that it names."""
    manifest = timeline.manifest
    items = first_shown(timeline, now_ms)
    media = [Need(ref.digest, ref.bytes, at_ms) for ref, at_ms in _with_media(manifest, items)]
    tables = [
        Need(day.digest, TABLE_LIMIT, max(day.starts_ms - SOON_MS, 0), is_table=True)
        for day in manifest.days
        if day.ends_ms > now_ms
    ]
    return merged([*tables, *media])


def fetch_order(
    timelines: Sequence[Timeline], newest: Timeline | None, now_ms: int, *, for_phones: bool = False
) -> list[Need]:
    """One need for each file of these timelines, in the order in which they are to be fetched: what interrupts show;
    the next ten minutes of the first timeline, then of the second, and so on; what phones show of these minutes; then
    all the rest, soonest first.

    Of the newest, if it is none of them, only interrupts and tables: its other media must not slow theirs.
    """
    every = [needs_of(timeline, now_ms) for timeline in timelines]
    if newest is not None:
        every.append([need for need in needs_of(newest, now_ms) if need.is_table])
    latest = newest or next(iter(timelines), None)  # what an older one raised may be lifted
    interrupts = _interrupt_needs(latest, now_ms) if latest else []
    every += [phone_needs(timeline, now_ms) for timeline in timelines if for_phones]
    soon = [need for needs in every for need in needs if need.at_ms <= now_ms + SOON_MS]
    rest = merged([*interrupts, *(need for needs in every for need in needs)])
    soonest = {need.digest: need for need in rest}
    return [soonest[digest] for digest in dict.fromkeys(need.digest for need in (*interrupts, *soon, *rest))]


def phone_needs(timeline: Timeline, now_ms: int) -> list[Need]:
    """The media that phones at a hotspot show of this timeline from now on, soonest first."""
    items = timeline.manifest.items
    shown = [(items[id_], at_ms) for id_, at_ms in first_shown(timeline, now_ms).items() if id_ in items]
    return merged(Need(ref.digest, ref.bytes, at_ms) for item, at_ms in shown for ref in phone_refs(item))


def phone_refs(item: Item) -> list[MediaRef]:
    phone = item.phone
    every = (phone.poster, phone.image, phone.picture, phone.sound, phone.captions)
    pictures = phone.game.look.pictures.values() if phone.game else ()
    return [ref for ref in (*every, *pictures) if ref is not None]


def _interrupt_needs(timeline: Timeline, now_ms: int) -> list[Need]:
    return [
        Need(ref.digest, ref.bytes, at_ms)
        for ref, at_ms in _with_media(timeline.manifest, _interrupting(timeline, now_ms))
    ]


def merged(needs: Iterable[Need]) -> list[Need]:
    """One need for each file, at its soonest, in order."""
    soonest: dict[str, Need] = {}
    for need in needs:
        known = soonest.get(need.digest)
        if known is None or need.at_ms < known.at_ms:
            soonest[need.digest] = need
    return sorted(soonest.values(), key=lambda need: (need.at_ms, not need.is_table, need.digest))


def first_shown(timeline: Timeline, now_ms: int) -> dict[str, int]:
    """When each item is shown next. A filler may be needed at any moment of its time; unplanned items are last."""
    manifest = timeline.manifest
    shown = dict.fromkeys(manifest.items, AFTER_ALL_MS)
    for day in reversed(manifest.days):
        table = timeline.tables.get(day.digest)
        if table is not None and day.ends_ms > now_ms:
            shown.update(_shown_on(day, table, manifest.slot_ms, now_ms))
    for filler in fillers_of(manifest):
        if filler.until_ms is None or filler.until_ms > now_ms:
            shown[filler.item] = min(shown[filler.item], max(filler.from_ms, now_ms))
    shown.update(_interrupting(timeline, now_ms))
    return shown


def _interrupting(timeline: Timeline, now_ms: int) -> dict[str, int]:
    """The items of interrupts that are not over: on the disk before they begin."""
    interrupts = timeline.manifest.interrupts
    return {i.item: min(i.from_ms, now_ms) for i in interrupts if i.until_ms is None or i.until_ms > now_ms}


def days_needed(manifest: Manifest, now_ms: int) -> list[Day]:
    """The days that the next ten minutes touch."""
    return [day for day in manifest.days if day.starts_ms < now_ms + SOON_MS and day.ends_ms > now_ms]


def needed_soon(timeline: Timeline, now_ms: int) -> set[str]:
    """Digests of the media of the next ten minutes, house content included."""
    items = first_shown(timeline, now_ms)
    return {ref.digest for ref, at_ms in _with_media(timeline.manifest, items) if at_ms <= now_ms + SOON_MS}


def goes_first(
    held: Mapping[str, int], *, needs: Sequence[Need], keep: set[str], last_used: Mapping[str, float], for_need: Need
) -> list[str]:
    """The digests that may be evicted for a need, in order: unneeded ones, least recently used first; then those
    needed more than ten minutes later than it, latest first. Digests in `keep` are never evicted."""
    needed = {need.digest: need.at_ms for need in needs}
    idle = sorted((d for d in held if d not in needed and d not in keep), key=lambda d: (last_used.get(d, 0.0), d))
    later = [d for d in held if d in needed and d not in keep and needed[d] > for_need.at_ms + SOON_MS]
    return idle + sorted(later, key=lambda d: needed[d], reverse=True)


def _with_media(manifest: Manifest, items: Mapping[str, int]) -> list[tuple[MediaRef, int]]:
    shown = [(manifest.items[id_], at_ms) for id_, at_ms in items.items() if id_ in manifest.items]
    return [(ref, at_ms) for item, at_ms in shown for ref in item.screen_media()]


def _shown_on(day: Day, table: DayTable, slot_ms: int, now_ms: int) -> dict[str, int]:
    first = max(now_ms - day.starts_ms, 0) // slot_ms
    soonest: dict[int, int] = {}
    for slot in range(len(table.slots) - 1, first - 1, -1):
        soonest[table.slots[slot]] = slot
    return {
        table.items[index - 1]: day.starts_ms + slot * slot_ms
        for index, slot in soonest.items()
        if index not in (HOUSE, OFF)
    }
