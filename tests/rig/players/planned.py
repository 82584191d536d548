"""Days as they were published, laid by hand: the spots by which plays are checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session

from media.daytable import DayTable
from media.store import MediaStore
from media.wire.plays import Play, PlayAnswer
from server.plays.accept import accept_plays
from server.plays.judge_batch import judge_plays
from server.screens.models import Player, Screen
from server.timelines.models import PublishedDay

DAY_MS = 86_400_000
SLOT_MS = 5000

PlannedSpot = tuple[int, str, int]
"""Start in ms, item, and length in slots."""


def publish_spots(
    db: Session, store: MediaStore, screen: Screen, spots: Iterable[PlannedSpot], *, version: int = 1
) -> None:
    """A version whose days (of 24 hours, in UTC) hold these spots, and house content between them."""
    days: dict[int, list[PlannedSpot]] = {}
    for spot in spots:
        days.setdefault(spot[0] // DAY_MS * DAY_MS, []).append(spot)
    for starts_ms, of_day in days.items():
        digest = store.put([_table(starts_ms, of_day).encoded])
        facts = {"starts_ms": starts_ms, "ends_ms": starts_ms + DAY_MS, "slot_ms": SLOT_MS}
        db.add(PublishedDay(screen_id=screen.id, version=version, digest=digest, **facts))
    db.flush()


def publish_turns(
    db: Session, store: MediaStore, screen: Screen, items: Sequence[str], *, at: datetime, slots: int = 2
) -> None:
    """The whole day around an instant: these items in turn, each for so many slots."""
    starts_ms = int(at.timestamp() * 1000) // DAY_MS * DAY_MS
    length_ms = slots * SLOT_MS
    turns = ((starts_ms + nth * length_ms, items[nth % len(items)], slots) for nth in range(DAY_MS // length_ms))
    publish_spots(db, store, screen, turns)


def accept_batch(
    db: Session, store: MediaStore, player: Player, plays: Sequence[Play], *, now: datetime
) -> list[PlayAnswer]:
    """As the player's API takes plays in, in one session."""
    return accept_plays(db, judge_plays(db, store, player, plays, now=now), now=now)


def _table(day_ms: int, spots: Iterable[PlannedSpot]) -> DayTable:
    items: dict[str, int] = {}
    slots, starts = [0] * (DAY_MS // SLOT_MS), bytearray(DAY_MS // SLOT_MS)
    for starts_ms, item, length in spots:
        slot = (starts_ms - day_ms) // SLOT_MS
        index = items.setdefault(item, len(items) + 1)
        slots[slot : slot + length] = [index] * length
        starts[slot] = 1
    return DayTable(tuple(items), slots, bytes(starts))
