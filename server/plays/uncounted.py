"""Reported plays that do not count: recorded by reason, for the operator and for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, func, select

from server.db import new_id, on_postgres
from server.plays.insert import Row
from server.plays.judge import Refusal, Verdict
from server.plays.models import Uncounted, UncountedPlays
from server.screens.models import Player, Screen, Venue

# A screen has 17,280 slots of five seconds a day; more than that is invented, and not worth the disk space.
STORED_MOST = 20_000
STORED_WITHIN = timedelta(days=1)
LISTED_FOR = timedelta(days=30)
LISTED_MOST = 500

KEY = ("player_id", "screen_id", "on", "campaign_id", "reason")


@dataclass(frozen=True)
class Source:
    """The player that sent the plays, its screen (empty if it has none), and the date there."""

    player_id: str
    screen_id: str
    on: date


@dataclass(frozen=True)
class UncountedRow:
    """Plays of one box and one screen that do not count, for one reason.

    place: the screen and its venue; None for a box without a screen
    """

    place: tuple[Screen, Venue] | None
    hardware: str
    reason: Uncounted
    plays: int
    first_at: datetime
    last_at: datetime


class Key(NamedTuple):
    player_id: str
    screen_id: str
    on: date
    campaign_id: str
    reason: Uncounted


def refuse_too_many(
    db: Session, source: Source, verdicts: dict[str, Refusal | Verdict], *, now: datetime
) -> dict[str, Refusal | Verdict]:
    """The verdicts. Plays that do not count are refused if too many of this player's were stored within a day."""
    uncounted = [id_ for id_, verdict in verdicts.items() if isinstance(verdict, Verdict) and verdict.uncounted]
    if not uncounted or _stored_lately(db, source, now) < STORED_MOST:
        return verdicts
    refusal = Refusal("too many plays that do not count", Uncounted.TOO_MANY)
    return verdicts | dict.fromkeys(uncounted, refusal)


def note_uncounted(
    db: Session, source: Source, rows: Iterable[Row], refused: Iterable[Uncounted], *, now: datetime
) -> None:
    """Add the stored rows that do not count, and the refused plays, to the counts by reason."""
    stored = (
        Key(source.player_id, row["screen_id"], row["on"], row["campaign_id"] or "", row["uncounted"])
        for row in rows
        if row["uncounted"]
    )
    others = (Key(source.player_id, source.screen_id, source.on, "", reason) for reason in refused)
    counts = Counter([*stored, *others])
    if not counts:
        return
    insert = (postgres_insert if on_postgres(db) else sqlite_insert)(UncountedPlays)
    more = {"plays": UncountedPlays.plays + insert.excluded.plays, "last_at": insert.excluded.last_at}
    values = [
        {"id": new_id(), **key._asdict(), "plays": plays, "first_at": now, "last_at": now}
        for key, plays in sorted(counts.items())
    ]
    db.connection().execute(insert.on_conflict_do_update(index_elements=KEY, set_=more), values)


def list_uncounted(db: Session, *, now: datetime, most: int = LISTED_MOST) -> list[UncountedRow]:
    """The counts of the last thirty days by screen, box and reason; the latest first, at most `most`."""
    table = UncountedPlays
    last: Any = func.max(col(table.last_at))
    whose = (col(table.screen_id), col(table.player_id), col(table.reason))
    columns: tuple[Any, ...] = (*whose, func.sum(table.plays), func.min(table.first_at), last)
    query = select(*columns).where(col(table.last_at) > now - LISTED_FOR).group_by(*whose)
    found = db.exec(query.order_by(last.desc(), *whose).limit(most)).all()
    screens = select(Screen, Venue).join(Venue, col(Venue.id) == Screen.venue_id)
    both = db.exec(screens.where(col(Screen.id).in_({row[0] for row in found})))
    places = {screen.id: (screen, venue) for screen, venue in both}
    hardware = dict(
        db.exec(select(Player.id, Player.hardware).where(col(Player.id).in_({row[1] for row in found}))).all()
    )
    return [
        UncountedRow(places.get(screen_id), hardware.get(player_id, ""), reason, int(plays), first_at, last_at)
        for screen_id, player_id, reason, plays, first_at, last_at in found
    ]


def count_uncounted(db: Session, *, now: datetime, since: timedelta) -> int:
    """How many plays that do not count arrived within this time."""
    plays = select(func.coalesce(func.sum(UncountedPlays.plays), 0))
    return int(db.exec(plays.where(col(UncountedPlays.last_at) > now - since)).one())


def _stored_lately(db: Session, source: Source, now: datetime) -> int:
    mine = (UncountedPlays.player_id == source.player_id, col(UncountedPlays.last_at) > now - STORED_WITHIN)
    return int(db.exec(select(func.coalesce(func.sum(UncountedPlays.plays), 0)).where(*mine)).one())
