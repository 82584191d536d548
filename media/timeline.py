"""Reading a timeline: what does this screen show at this instant, what comes next, what is a phone given.

Pure. Server, player, box and (through the stage) every phone get the same answer for the same instant.
Unsold time (house slots) is filled by the manifest's fillers: runs of house slots are numbered from the day's first
slot, and run k begins with item k modulo n, so that short runs between spots still show every item in turn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from media.daytable import HOUSE, OFF, DayTable
from media.fillers import END_MS, Stretch, fillers_of, stretches_of, turn_at, whole_slots_ms
from media.wire.phone import Stage
from media.wire.timeline import Day, Interrupt, Item, Manifest, Override, Spot

STAGE_MS = 10 * 60_000
STAGE_SPOTS_AHEAD = 3
STAGE_PAST = 10
STAGE_LONGEST_MS = 30 * 60_000
PAST_REACH_MS = 60 * 60_000


@dataclass(frozen=True)
class Timeline:
    """A manifest with the day tables that are held; a missing table's day plays house content."""

    manifest: Manifest
    tables: Mapping[str, DayTable]

    def item(self, item_id: str) -> Item:
        return self.manifest.items[item_id]

    def spot_at(self, now_ms: int) -> Spot:
        """The showing at this instant, interrupts included."""
        active = self._interrupt_at(now_ms)
        if active is None:
            return self.planned_at(now_ms)
        length = self.item(active.item).length_ms
        starts = active.from_ms + (now_ms - active.from_ms) // length * length
        ends = min(starts + length, self._edge_after(now_ms))
        return Spot(starts_ms=starts, ends_ms=ends, item=active.item, kind="interrupt")

    def planned_at(self, now_ms: int) -> Spot:
        """The plan's showing at this instant, without interrupts."""
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
        return min(self.spot_at(now_ms).ends_ms, self._edge_after(now_ms))

    def spots_from(self, now_ms: int) -> Iterator[Spot]:
        """The spot at this instant and those after it, for ever; cut where an interrupt takes over.

        A spot that goes on after an interrupt keeps its planned start, which says where in the film it is.
        """
        at = now_ms
        while at < END_MS:
            spot, edge = self.spot_at(at), self._edge_after(at)
            yield spot if spot.ends_ms <= edge else spot.model_copy(update={"ends_ms": edge})
            at = min(spot.ends_ms, edge)

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
            until_ms=min(spots[-1].ends_ms, now_ms + STAGE_LONGEST_MS),
            spots=tuple(spots),
            past=tuple(past),
            items={id_: self.item(id_) for id_ in sorted(shown) if id_ in self.manifest.items},
            override=override,
            media_base=self.manifest.media_base,
            zone=self.manifest.settings.zone,
        )

    def _ahead(self, now_ms: int) -> list[Spot]:
        spots: list[Spot] = []
        for spot in self.spots_from(now_ms):
            spots.append(spot)
            if spot.ends_ms - now_ms >= STAGE_MS and len(spots) > STAGE_SPOTS_AHEAD:
                break
        return spots

    def _past(self, now_ms: int) -> list[Spot]:
        """The last ten showings that ended, newest first, none older than an hour or than the timeline."""
        past: list[Spot] = []
        floor = max(now_ms - PAST_REACH_MS, self.manifest.days[0].starts_ms if self.manifest.days else now_ms)
        at = self._began(self.spot_at(now_ms), now_ms)
        while len(past) < STAGE_PAST and at > floor:
            spot = self.spot_at(at - 1)
            began = self._began(spot, at - 1)
            if spot.item is not None:
                past.append(spot.model_copy(update={"starts_ms": began, "ends_ms": at}))
            at = began
        return past

    def _began(self, spot: Spot, at_ms: int) -> int:
        """When the showing that covers this instant came up: its start, or the interrupt's edge that uncovered it."""
        index = bisect_right(self._edges, at_ms)
        return max(spot.starts_ms, self._edges[index - 1]) if index else spot.starts_ms

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
        return max(before, default=0), min(after, default=END_MS)

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
            return self._house_spot(now_ms, starts, ends, run=table.house_runs_before(slot))
        item_id = table.items[index - 1]
        if item_id in self.manifest.items:
            return Spot(starts_ms=starts, ends_ms=ends, item=item_id)
        # A spot whose item the manifest lacks is shown as house content, never as nothing.
        return self._house_spot(now_ms, starts, ends, run=0)

    def _house_spot(self, now_ms: int, run_starts: int, run_ends: int, *, run: int) -> Spot:
        """Fillers rotate from the start of their run, or of their own time in it, each for a whole number of slots."""
        stretch, lengths = self._stretches[bisect_right(self._stretch_starts, now_ms) - 1]
        since, until = max(run_starts, stretch.from_ms), min(run_ends, stretch.until_ms)
        if not stretch.items:
            return Spot(starts_ms=since, ends_ms=until, item=None, kind="house")
        shift = run % len(lengths)
        index, starts, ends = turn_at(lengths[shift:] + lengths[:shift], now_ms, since_ms=since)
        item = stretch.items[(index + shift) % len(lengths)]
        return Spot(starts_ms=starts, ends_ms=min(ends, until), item=item, kind="house")

    @cached_property
    def _stretches(self) -> list[tuple[Stretch, list[int]]]:
        """The fillers of unsold time, with the milliseconds that each item takes on the grid."""
        slot_ms = self.manifest.slot_ms
        return [
            (stretch, [whole_slots_ms(self.item(id_).length_ms, slot_ms) for id_ in stretch.items])
            for stretch in stretches_of(fillers_of(self.manifest))
        ]

    @cached_property
    def _stretch_starts(self) -> list[int]:
        return [stretch.from_ms for stretch, _ in self._stretches]

    def _interrupt_at(self, now_ms: int) -> Interrupt | None:
        """The interrupt in force that was raised last."""
        live = [i for i in self._interrupts if i.from_ms <= now_ms and (i.until_ms is None or now_ms < i.until_ms)]
        return max(live, key=lambda i: (i.from_ms, i.id), default=None)

    @cached_property
    def _interrupts(self) -> list[Interrupt]:
        return [i for i in self.manifest.interrupts if i.item in self.manifest.items]

    @cached_property
    def _edges(self) -> list[int]:
        return sorted({edge for i in self._interrupts for edge in (i.from_ms, i.until_ms) if edge is not None})

    def _edge_after(self, now_ms: int) -> int:
        """The next instant at which an interrupt begins or ends."""
        index = bisect_right(self._edges, now_ms)
        return self._edges[index] if index < len(self._edges) else END_MS


def sys_max_ms() -> int:
    """The end of what never ends."""
    return END_MS
