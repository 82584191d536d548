"""Compose a screen's manifest from the venue's snapshot and the planned days. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from media.daytable import DayTable
from media.timeline import Timeline
from media.wire.games import GameRules
from media.wire.hotspot import planned_hotspot
from media.wire.timeline import Day, Filler, Interrupt, Item, Manifest, ScreenSettings
from server.db import to_ms
from server.planner.model.days import LocalDay
from server.planner.model.problem import DayPlan
from server.screens.models import Screen
from server.settings import Settings
from server.timelines.lists import covers
from server.timelines.models import RaisedInterrupt
from server.timelines.unsold import house_for_older_players
from server.timelines.venue_snapshot import VenueSnapshot


@dataclass(frozen=True)
class Draft:
    """A version that may be published: its manifest, the day tables that it names, and the days that were planned."""

    manifest: Manifest
    tables: tuple[DayTable, ...]
    plans: tuple[DayPlan, ...]


@dataclass(frozen=True)
class Frame:
    """The part of a draft that is the same for all screens of a venue."""

    snapshot: VenueSnapshot
    settings: Settings
    yesterday: LocalDay | None
    days: tuple[LocalDay, ...]


def compose(
    frame: Frame,
    screen: Screen,
    plans: Iterable[DayPlan],
    *,
    fillers: tuple[Filler, ...],
    old: Timeline | None,
    past: DayTable | None,
    effective_ms: int,
) -> Draft:
    """The next version of a screen. `past` is yesterday's table, if there was one."""
    plans = tuple(plans)
    tables = [past] if past is not None else []
    days = [frame.yesterday] if past is not None and frame.yesterday is not None else []
    tables, days = [*tables, *(plan.table for plan in plans)], [*days, *frame.days]
    interrupts = interrupts_of(frame.snapshot.interrupts, screen)
    used = {item for table in tables for item in table.items} | {filler.item for filler in fillers}
    used |= {interrupt.item for interrupt in interrupts}
    items = _items(used, frame.snapshot.items, old)
    manifest = Manifest(
        screen=screen.id,
        code=screen.code,
        version=old.manifest.version + 1 if old else 1,
        effective_ms=effective_ms,
        slot_ms=frame.settings.slot_ms,
        media_base=frame.settings.media_url,
        days=tuple(_day(day, table) for day, table in zip(days, tables, strict=True)),
        items=items,
        house=house_for_older_players(fillers),
        fillers=fillers,
        interrupts=tuple(interrupt for interrupt in interrupts if interrupt.item in items),
        rules=_rules(items, frame.snapshot.rules, old),
        settings=settings_of(screen, frame),
    )
    return Draft(manifest, tuple(tables), plans)


def settings_of(screen: Screen, frame: Frame) -> ScreenSettings:
    page_url = f"{frame.settings.public_url}/s/{screen.code}"
    venue = frame.snapshot.venue
    return ScreenSettings(
        sound=screen.sound,
        strip=screen.strip,
        page_url=page_url,
        short_address=f"{urlsplit(page_url).netloc}/s/{screen.code}",
        wifi=screen.wifi,
        venue=venue.name,
        zone=venue.zone,
        presence_key=screen.presence_key,
        hotspot=planned_hotspot(venue.hotspot_plan) if venue.hotspot_plan else None,
        box_referees=screen.box_referees,
    )


def interrupts_of(raised: Iterable[RaisedInterrupt], screen: Screen) -> tuple[Interrupt, ...]:
    return tuple(interrupt_of(row) for row in raised if covers(row, screen))


def interrupt_of(row: RaisedInterrupt) -> Interrupt:
    until = to_ms(row.until_at) if row.until_at else None
    return Interrupt(id=row.id, item=row.creative_id, from_ms=to_ms(row.from_at), until_ms=until)


def same_for_readers(new: Manifest, old: Manifest, *, now_ms: int) -> bool:
    """Do both show the same from now on?"""
    return _comparable(new, now_ms) == _comparable(old, now_ms)


def etag_of(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()


def _comparable(manifest: Manifest, now_ms: int) -> dict[str, object]:
    spans: list[Interrupt | Filler] = [*manifest.interrupts, *manifest.fillers]
    alive = [span for span in spans if span.until_ms is None or span.until_ms > now_ms]
    ended = {span.item for span in spans} - {span.item for span in alive}
    fields = manifest.model_dump(exclude={"version", "effective_ms", "interrupts", "fillers"})
    fields["items"] = {id_: item for id_, item in fields["items"].items() if id_ not in ended}
    return {**fields, "alive": alive}


def _items(used: Iterable[str], ready: Mapping[str, Item], old: Timeline | None) -> dict[str, Item]:
    """The items by id. An item that is no longer ready is taken from the old timeline, whose past still shows it."""
    before = old.manifest.items if old is not None else {}
    items = {id_: ready.get(id_) or before.get(id_) for id_ in sorted(used)}
    return {id_: item for id_, item in items.items() if item is not None}


def _rules(items: Iterable[str], known: Mapping[str, GameRules], old: Timeline | None) -> dict[str, GameRules]:
    """The rules of these games. A game that is no longer ready has those of the old timeline, as its item has."""
    before = old.manifest.rules if old is not None else {}
    found = {id_: known.get(id_) or before.get(id_) for id_ in items}
    return {id_: rules for id_, rules in found.items() if rules is not None}


def _day(day: LocalDay, table: DayTable) -> Day:
    return Day(on=day.on.isoformat(), starts_ms=day.starts_ms, ends_ms=day.ends_ms, digest=table.digest)
