"""What fills a screen's unsold time: notices that run, house content on its days, the building's card. Pure."""

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


def fillers_for(facts: VenueSnapshot, screen: Screen, *, slot_ms: int) -> tuple[Filler, ...]:
    """In the order in which they take turns; only what is ready to be shown."""
    return tuple(filler for filler in _all_fillers(facts, screen, slot_ms) if filler.item in facts.items)


def house_for_older_players(fillers: Sequence[Filler]) -> tuple[str, ...]:
    """For a player that knows no fillers: what may be shown at any time, the card only if there is nothing else."""
    always = [filler for filler in fillers if is_timeless(filler)]
    first = min((filler.rank for filler in always), default=None)
    return tuple(dict.fromkeys(filler.item for filler in always if filler.rank == first))


def house_on(fillers: Sequence[Filler], day: LocalDay, facts: VenueSnapshot, *, slot_ms: int) -> tuple[HouseItem, ...]:
    """What the planner reckons with: the items that fill most of the day. A card may be cut anywhere."""
    stretches = stretches_of(fillers, day.starts_ms, day.ends_ms)
    longest = max(stretches, key=lambda stretch: stretch.until_ms - stretch.from_ms)
    cards = set(facts.cards.values())
    return tuple(
        HouseItem(id_, 1 if id_ in cards else slots_of(facts.items[id_].length_ms, slot_ms)) for id_ in longest.items
    )


def _all_fillers(facts: VenueSnapshot, screen: Screen, slot_ms: int) -> Iterator[Filler]:
    zone = facts.venue.zone
    yield from (filler for run in facts.notices if (filler := _of_notice(run, zone, slot_ms)) is not None)
    yield from (_of_house(row, zone) for row in facts.house)
    card = facts.cards.get((screen.width, screen.height))
    if card is not None:
        yield Filler(item=card, rank=Rank.CARD)


def _of_notice(run: NoticeRun, zone: str, slot_ms: int) -> Filler | None:
    """From the first slot that begins in its time to the last that ends in it; None where it has no whole slot."""
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
    """The first instant of this date, or of the next one that the zone did not leave out."""
    while (day := local_day(zone, on)) is None:
        on += timedelta(days=1)
    return day.starts_ms


def on_grid(at: datetime, zone: str, slot_ms: int, *, up: bool) -> int:
    """This instant, or the next (or last) one at which a slot of its day begins."""
    at_ms = to_ms(at)
    over_ms = (at_ms - begin_of(zone, date_at(zone, at_ms))) % slot_ms
    return at_ms - over_ms + (slot_ms if up and over_ms else 0)
