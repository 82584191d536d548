"""Taking plays in: exact after any replay, crash or reorder.

The unique keys decide: `play.id` makes a replay a duplicate, `play.counts_for` lets one *played* spot of a screen and
instant count. A whole batch is judged in memory and written by three or four statements in one transaction, with the
daily counts beside it. Rows are written in one order everywhere, so that two batches never wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select
from sqlmodel import insert as plain_insert

from media.wire import Play, PlayAnswer
from server.campaigns.models import Campaign
from server.creatives.models import Creative
from server.db import new_id, on_postgres, to_ms
from server.plays.insert import Row, insert_new
from server.plays.judge import ULID, Known, Refusal, Served, Verdict, judge, split_item
from server.plays.models import DeliveredDay, LateCount
from server.screens.models import Player, Screen, Service, Venue


def accept_plays(
    db: Session, player: Player, plays: Sequence[Play], *, now: datetime, slot_ms: int = 5000
) -> list[PlayAnswer]:
    """Judge, keep and count a batch; one answer for each play, in order."""
    known = _look_up(db, player, plays, now=now, slot_ms=slot_ms)
    first = {play.id: play for play in reversed(plays)}
    verdicts = {id_: judge(play, known) for id_, play in first.items()}
    rows = [_row(first[id_], verdict, player, now) for id_, verdict in verdicts.items() if isinstance(verdict, Verdict)]
    inserted, counted = _insert(db, sorted(rows, key=_writing_order))
    days = _days_of([row for row in rows if row["id"] in inserted], counted)
    _add_days(db, days)
    _note_late(db, days, known, now=now)
    return _answers(plays, verdicts, inserted)


def _answers(plays: Iterable[Play], verdicts: dict[str, Refusal | Verdict], inserted: set[str]) -> list[PlayAnswer]:
    """The first of an id that was inserted is accepted; whatever else has that id is its duplicate."""
    due = set(inserted)
    answers = []
    for play in plays:
        verdict = verdicts[play.id]
        if isinstance(verdict, Refusal):
            answers.append(PlayAnswer(id=play.id, status="refused", why=verdict.why, final=verdict.final))
        else:
            answers.append(PlayAnswer(id=play.id, status="accepted" if play.id in due else "duplicate"))
            due.discard(play.id)
    return answers


# --- what a batch is judged by


def _look_up(db: Session, player: Player, plays: Sequence[Play], *, now: datetime, slot_ms: int) -> Known:
    served: dict[str, list[Served]] = defaultdict(list)
    zones: dict[str, ZoneInfo] = {}
    multipliers: dict[str, Sequence[float]] = {}
    for service, zone, of_screen in db.exec(
        select(Service, Venue.zone, Screen.multipliers)
        .join(Screen, col(Screen.id) == Service.screen_id)
        .join(Venue, col(Venue.id) == Screen.venue_id)
        .where(Service.player_id == player.id)
    ):
        until_ms = None if service.until_at is None else to_ms(service.until_at)
        served[service.screen_id].append(Served(to_ms(service.from_at), until_ms))
        zones[service.screen_id], multipliers[service.screen_id] = ZoneInfo(zone), of_screen
    pairs = {split_item(play.item) for play in plays}
    creatives = {creative for creative, _ in pairs if ULID.fullmatch(creative)}
    campaigns = {campaign for _, campaign in pairs if campaign and ULID.fullmatch(campaign)}
    lengths = db.exec(select(Creative.id, Creative.length_ms).where(col(Creative.id).in_(creatives)))
    known_campaigns = db.exec(select(Campaign.id).where(col(Campaign.id).in_(campaigns)))
    return Known(served, zones, multipliers, dict(lengths.all()), set(known_campaigns.all()), slot_ms, to_ms(now))


# --- writing


def _row(play: Play, verdict: Verdict, player: Player, now: datetime) -> Row:
    counts = play.kind == "spot" and verdict.result == "played"
    return {
        "id": play.id,
        "kind": play.kind,
        "screen_id": play.screen,
        "player_id": player.id,
        "item": play.item,
        "campaign_id": verdict.campaign,
        "version": play.version,
        "starts_ms": play.starts_ms,
        "began_ms": play.began_ms,
        "ended_ms": play.ended_ms,
        "result": verdict.result,
        "why": verdict.why,
        "phones": play.phones,
        "on": verdict.on,
        "impressions_milli": verdict.impressions_milli,
        "counts_for": f"{play.screen}:{play.starts_ms}" if counts else None,
        "accepted_at": now,
    }


def _writing_order(row: Row) -> tuple[str, int, str]:
    return row["screen_id"], row["starts_ms"], row["id"]


def _insert(db: Session, rows: list[Row]) -> tuple[set[str], set[str]]:
    """Insert what is new; returns the ids inserted, and which of them count.

    A row that is not taken the first time has its id or its spot taken already. Without the spot it is tried once
    more: a second showing of a spot is kept, and does not count.
    """
    taken = insert_new(db, rows)
    counted = {row["id"] for row in rows if row["id"] in taken and row["counts_for"]}
    again = [{**row, "counts_for": None} for row in rows if row["counts_for"] and row["id"] not in taken]
    return taken | insert_new(db, again), counted


def _days_of(rows: Iterable[Row], counted: set[str]) -> list[Row]:
    """What the new spots add to their local days: those that count, and those that failed; house content does not."""
    days: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        fails = row["result"] != "played"
        if row["kind"] == "spot" and (fails or row["id"] in counted):
            day = days.setdefault(_day_key(row), dict.fromkeys(SUMS, 0))
            day["failed" if fails else "plays"] += 1
            day["impressions_milli"] += 0 if fails else row["impressions_milli"]
            day["shown_ms"] += 0 if fails else row["ended_ms"] - row["began_ms"]
    return [{"id": new_id(), **dict(zip(DAY_KEY, key, strict=True)), **days[key]} for key in sorted(days)]


DAY_KEY = ("screen_id", "on", "campaign_id", "item")
SUMS = ("plays", "impressions_milli", "shown_ms", "failed")
LATE = ("screen_id", "on", "campaign_id", "plays", "impressions_milli")


def _day_key(row: Row) -> tuple[Any, ...]:
    return row["screen_id"], row["on"], row["campaign_id"] or "", split_item(row["item"])[0]


def _add_days(db: Session, days: list[Row]) -> None:
    if not days:
        return
    insert = postgres_insert if on_postgres(db) else sqlite_insert
    statement = insert(DeliveredDay)
    sums = {name: getattr(DeliveredDay, name) + statement.excluded[name] for name in SUMS}
    db.connection().execute(statement.on_conflict_do_update(index_elements=DAY_KEY, set_=sums), days)


def _note_late(db: Session, days: Iterable[Row], known: Known, *, now: datetime) -> None:
    """What counts of days that are over: their sums may be made already (`plays/settle.py`)."""
    local = {id_: now.astimezone(zone).date() for id_, zone in known.zones.items()}
    late = [
        {name: day[name] for name in LATE} | {"id": new_id(), "zone": known.zones[day["screen_id"]].key}
        for day in days
        if day["plays"] and day["on"] < local[day["screen_id"]]
    ]
    if late:
        db.connection().execute(plain_insert(LateCount), late)
