"""The fillers of a screen's unsold time: notices that run, house content on its days, the building's card. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from media.fillers import Rank, is_timeless, stretches_of
from media.wire.timeline import Filler
from server.allotment.bookings import slots_of
from server.campaigns.models import HouseContent, NoticeRun
from server.db import to_ms
from server.planner.model.days import LocalDay, date_at, local_day
from server.planner.model.problem import HouseItem
from server.screens.models import Screen
from server.timelines.venue_snapshot import VenueSnapshot


def fillers_for(snapshot: VenueSnapshot, screen: Screen, *, slot_ms: int) -> tuple[Filler, ...]:
    """The fillers that are ready to be shown, in the order in which they take turns."""
    return tuple(filler for filler in _all_fillers(snapshot, screen, slot_ms) if filler.item in snapshot.items)


def house_for_older_players(fillers: Sequence[Filler]) -> tuple[str, ...]:
    """For a player that knows no fillers: the items that may show at any time; the card only if there are no others."""
    always = [filler for filler in fillers if is_timeless(filler)]
    first = min((filler.rank for filler in always), default=None)
    return tuple(dict.fromkeys(filler.item for filler in always if filler.rank == first))


def house_on(
    fillers: Sequence[Filler], day: LocalDay, snapshot: VenueSnapshot, *, slot_ms: int
) -> tuple[HouseItem, ...]:
    """The items that fill the longest part of the day, for the planner. A card may be cut anywhere: it has one slot."""
    stretches = stretches_of(fillers, day.starts_ms, day.ends_ms)
    longest = max(stretches, key=lambda stretch: stretch.until_ms - stretch.from_ms)
    cards = set(snapshot.cards.values())
    return tuple(
        HouseItem(id_, 1 if id_ in cards else slots_of(snapshot.items[id_].length_ms, slot_ms)) for id_ in longest.items
    )


def _all_fillers(snapshot: VenueSnapshot, screen: Screen, slot_ms: int) -> Iterator[Filler]:
    zone = snapshot.venue.zone
    yield from (filler for run in snapshot.notices if (filler := _of_notice(run, zone, slot_ms)) is not None)
    yield from (_of_house(row, zone) for row in snapshot.house)
    card = snapshot.cards.get((screen.width, screen.height))
    if card is not None:
        yield Filler(item=card, rank=Rank.CARD)


def _of_notice(run: NoticeRun, zone: str, slot_ms: int) -> Filler | None:
    """From the first slot that begins in the notice's time to the last that ends in it; None if no whole slot does."""
    from_ms = on_grid(run.from_at, zone, slot_ms, up=True)
    until_ms = on_grid(run.until_at, zone, slot_ms, up=False) if run.until_at is not None else None
    if until_ms is not None and until_ms <= from_ms:
        return None
    return Filler(item=run.creative_id, rank=Rank.NOTICE, from_ms=from_ms, until_ms=until_ms)


def _of_house(row: HouseContent, zone: str) -> Filler:
    return Filler(
        item=row.creative_id,
        rank=Rank.HOUSE,
        from_ms=begin_of(zone, row.first_on) if row.first_on is not None else 0,
        until_ms=begin_of(zone, row.last_on + timedelta(days=1)) if row.last_on is not None else None,
    )


def begin_of(zone: str, on: date) -> int:
    """The first instant of this date, or of the next date that the zone did not skip."""
    while (day := local_day(zone, on)) is None:
        on += timedelta(days=1)
    return day.starts_ms


def on_grid(at: datetime, zone: str, slot_ms: int, *, up: bool) -> int:
    """The instant rounded up or down to the beginning of a slot of its day, in ms."""
    at_ms = to_ms(at)
    over_ms = (at_ms - begin_of(zone, date_at(zone, at_ms))) % slot_ms
    return at_ms - over_ms + (slot_ms if up and over_ms else 0)
