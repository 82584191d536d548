"""Reading a timeline: what does this screen show at this instant, what comes next, what is a phone given.

Pure. Server, player, box and (through the stage) every phone get the same answer for the same instant.
House content: runs of house slots are numbered from the day's first slot, and run k begins with house item
k modulo n, so that short runs between spots still show every house item in turn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from media.daytable import HOUSE, OFF, DayTable
from media.wire import Day, Interrupt, Item, Manifest, Override, Spot, Stage

STAGE_MS = 10 * 60_000
STAGE_SPOTS_AHEAD = 3
STAGE_PAST = 10
PAST_REACH_MS = 60 * 60_000


@dataclass(frozen=True)
class Timeline:
    """A manifest with the day tables that are held; a missing table's day plays house content."""

    manifest: Manifest
    tables: Mapping[str, DayTable]

    def item(self, item_id: str) -> Item:
        return self.manifest.items[item_id]

    def spot_at(self, now_ms: int) -> Spot:
        """What the screen shows at this instant, interrupts included."""
        active = self._interrupt_at(now_ms)
        if active is None:
            return self.planned_at(now_ms)
        length = self.item(active.item).length_ms
        starts = active.from_ms + (now_ms - active.from_ms) // length * length
        ends = min(starts + length, self._next_interrupt_edge(now_ms))
        return Spot(starts_ms=starts, ends_ms=ends, item=active.item, kind="interrupt")

    def planned_at(self, now_ms: int) -> Spot:
        """What the plan shows at this instant, were there no interrupt."""
        day = self._day_at(now_ms)
        if day is None:
            return self._house_spot(now_ms, *self._gap_around(now_ms), run=0)
        table = self.tables.get(day.digest)
        if table is None:
            return self._house_spot(now_ms, day.starts_ms, day.ends_ms, run=0)
        return self._table_spot(now_ms, day, table)

    def next_after(self, now_ms: int) -> Spot:
        """The showing that follows the one at this instant."""
        return self.spot_at(self.ends_at(now_ms))

    def ends_at(self, now_ms: int) -> int:
        """When what shows at this instant gives way: its own end, or an interrupt's edge before it."""
        return min(self.spot_at(now_ms).ends_ms, self._next_interrupt_edge(now_ms))

    def spots_from(self, now_ms: int) -> Iterator[Spot]:
        """The spot at this instant and those after it, for ever; cut where an interrupt takes over."""
        at = now_ms
        while True:
            spot, ends = self.spot_at(at), self.ends_at(at)
            yield spot.model_copy(update={"ends_ms": ends})
            at = ends

    def stage(self, now_ms: int, *, override: Override | None = None) -> Stage:
        """At least ten minutes and three spots ahead, and the last ten showings."""
        spots = self._ahead(now_ms)
        past = self._past(now_ms)
        shown = {spot.item for spot in (*spots, *past) if spot.item}
        if override and override.item:
            shown.add(override.item)
        return Stage(
            screen=self.manifest.code,
            version=self.manifest.version,
            now_ms=now_ms,
            until_ms=spots[-1].ends_ms,
            spots=tuple(spots),
            past=tuple(past),
            items={id_: self.item(id_) for id_ in sorted(shown) if id_ in self.manifest.items},
            override=override,
            media_base=self.manifest.media_base,
        )

    def _ahead(self, now_ms: int) -> list[Spot]:
        spots: list[Spot] = []
        for spot in self.spots_from(now_ms):
            spots.append(spot)
            if spot.ends_ms - now_ms >= STAGE_MS and len(spots) > STAGE_SPOTS_AHEAD:
                return spots
        raise AssertionError("a timeline never ends")

    def _past(self, now_ms: int) -> list[Spot]:
        """The last ten showings that ended, newest first, none older than an hour or than the timeline."""
        past: list[Spot] = []
        floor = max(now_ms - PAST_REACH_MS, self.manifest.days[0].starts_ms if self.manifest.days else now_ms)
        at = min(self.spot_at(now_ms).starts_ms, now_ms)
        while len(past) < STAGE_PAST and at > floor:
            spot = self.spot_at(at - 1)
            if spot.item is not None:
                past.append(spot.model_copy(update={"ends_ms": min(spot.ends_ms, at)}))
            at = min(spot.starts_ms, at - 1)
        return past

    def _day_at(self, now_ms: int) -> Day | None:
        index = bisect_right(self._day_starts, now_ms) - 1
        if index < 0 or now_ms >= self.manifest.days[index].ends_ms:
            return None
        return self.manifest.days[index]

    @cached_property
    def _day_starts(self) -> list[int]:
        return [day.starts_ms for day in self.manifest.days]

    def _gap_around(self, now_ms: int) -> tuple[int, int]:
        """Where no day is planned: from the last day's end, until the next day's start or for ever."""
        before = [day.ends_ms for day in self.manifest.days if day.ends_ms <= now_ms]
        after = [day.starts_ms for day in self.manifest.days if day.starts_ms > now_ms]
        return max(before, default=0), min(after, default=sys_max_ms())

    def _table_spot(self, now_ms: int, day: Day, table: DayTable) -> Spot:
        slot_ms = self.manifest.slot_ms
        slot = (now_ms - day.starts_ms) // slot_ms
        if slot >= len(table.slots):
            return self._house_spot(now_ms, day.starts_ms + len(table.slots) * slot_ms, day.ends_ms, run=0)
        first, end = table.run_at(slot)
        starts = day.starts_ms + first * slot_ms
        ends = min(day.starts_ms + end * slot_ms, day.ends_ms)
        index = table.slots[slot]
        if index == OFF:
            return Spot(starts_ms=starts, ends_ms=ends, item=None, kind="off")
        if index == HOUSE:
            return self._house_spot(now_ms, starts, ends, run=_house_runs_before(table, first))
        return self._planned_item(table.items[index - 1], starts, ends)

    def _planned_item(self, item_id: str, starts: int, ends: int) -> Spot:
        """A spot whose item the manifest lacks is shown as house content, never as nothing."""
        if item_id in self.manifest.items:
            return Spot(starts_ms=starts, ends_ms=ends, item=item_id)
        return self._house_spot(starts, starts, ends, run=0)

    def _house_spot(self, now_ms: int, run_starts: int, run_ends: int, *, run: int) -> Spot:
        """House content rotates from the start of its run, each item for a whole number of slots."""
        house = [id_ for id_ in self.manifest.house if id_ in self.manifest.items]
        if not house:
            return Spot(starts_ms=run_starts, ends_ms=run_ends, item=None, kind="house")
        lengths = [self._slots_ms(id_) for id_ in house]
        shift = run % len(house)
        house, lengths = house[shift:] + house[:shift], lengths[shift:] + lengths[:shift]
        lap = sum(lengths)
        starts = run_starts + (now_ms - run_starts) // lap * lap
        for id_, length in zip(house, lengths, strict=True):
            if now_ms < starts + length:
                return Spot(starts_ms=starts, ends_ms=min(starts + length, run_ends), item=id_, kind="house")
            starts += length
        raise AssertionError("the instant lies inside one lap")

    def _slots_ms(self, item_id: str) -> int:
        slot_ms = self.manifest.slot_ms
        return -(-self.item(item_id).length_ms // slot_ms) * slot_ms

    def _interrupt_at(self, now_ms: int) -> Interrupt | None:
        """The interrupt in force that was raised last."""
        live = [i for i in self._interrupts if i.from_ms <= now_ms and (i.until_ms is None or now_ms < i.until_ms)]
        return max(live, key=lambda i: (i.from_ms, i.id), default=None)

    @cached_property
    def _interrupts(self) -> list[Interrupt]:
        return [i for i in self.manifest.interrupts if i.item in self.manifest.items]

    def _next_interrupt_edge(self, now_ms: int) -> int:
        edges = [edge for i in self._interrupts for edge in (i.from_ms, i.until_ms) if edge is not None]
        return min((edge for edge in edges if edge > now_ms), default=sys_max_ms())


def sys_max_ms() -> int:
    """An instant after all others (the year 9999): the end of what never ends."""
    return 253_402_300_799_000


def _house_runs_before(table: DayTable, first: int) -> int:
    """How many runs of house slots end before this slot."""
    slots = table.slots
    return sum(1 for i in range(first) if slots[i] == HOUSE and (i == 0 or slots[i - 1] != HOUSE))
