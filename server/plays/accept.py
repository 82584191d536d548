"""Accept reported plays; the counts are exact after any replay, crash or reorder.

A batch is judged before the transaction, because the day tables by which spots are checked are files. Then a few
statements in one transaction write the plays and the daily counts. Unique keys decide: `play.id` makes a replay a
duplicate, `play.counts_for` lets one *played* spot of a screen and instant count. No key can exclude that spots of
several versions overlap, so the batches of a screen are written one after another. Rows are written in the same order
everywhere, so that two batches never deadlock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, func, or_, select
from sqlmodel import insert as plain_insert

from media.item_ids import creative_of
from media.wire.plays import PLAYED_WITHIN_MS, Play, PlayAnswer
from server.db import new_id, on_postgres
from server.plays.insert import Row, insert_new
from server.plays.judge import Refusal, Verdict, count_once, counts
from server.plays.judge_batch import JudgedPlays
from server.plays.models import DELIVERED_SUMS, DeliveredDay, LateCount, PhonesHour, PlayRow
from server.plays.uncounted import Source, note_uncounted, refuse_too_many

LOCKS = 4710  # the seed that keeps these advisory locks distinct from others
APART_MS = 600_000  # spots further apart than this are looked up separately


def accept_plays(db: Session, judged: JudgedPlays, *, now: datetime) -> list[PlayAnswer]:
    """Store and count a batch; one answer for each play, in order."""
    first = judged.first
    counted = _counted_spans(db, judged)
    verdicts = refuse_too_many(db, judged.source, count_once(first.values(), judged.verdicts, counted), now=now)
    rows = [
        _row(first[id_], verdict, judged.source, now)
        for id_, verdict in verdicts.items()
        if isinstance(verdict, Verdict)
    ]
    inserted = insert_new(db, sorted(rows, key=_writing_order))
    fresh = [row for row in rows if row["id"] in inserted]
    days = _days_of(fresh)
    _add(db, DeliveredDay, DAY_KEY, DELIVERED_SUMS, days)
    _add(db, PhonesHour, HOUR_KEY, PHONE_SUMS, _phone_hours_of(fresh))
    _note_late(db, days, judged.zones, now=now)
    refused = [verdict.reason for verdict in verdicts.values() if isinstance(verdict, Refusal) and verdict.reason]
    note_uncounted(db, judged.source, fresh, refused, now=now)
    return _answers(judged.plays, verdicts, inserted)


def _answers(plays: Iterable[Play], verdicts: dict[str, Refusal | Verdict], inserted: set[str]) -> list[PlayAnswer]:
    """The first play of an inserted id is accepted; further plays of that id are its duplicates."""
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


# --- what counts already


def _counted_spans(db: Session, judged: JudgedPlays) -> dict[str, set[tuple[int, int]]]:
    """The spots that count already and may overlap one of this batch, by screen.

    From here until the transaction ends, no other batch of these screens is written.
    """
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for id_, play in judged.first.items():
        verdict = judged.verdicts[id_]
        if isinstance(verdict, Verdict) and verdict.planned_end_ms is not None and counts(play, verdict):
            spans[play.screen].append((play.starts_ms, verdict.planned_end_ms))
    _take_turns(db, sorted(spans))
    return {screen: _spans_beside(db, screen, sorted(of_screen)) for screen, of_screen in spans.items()}


def _take_turns(db: Session, screens: Sequence[str]) -> None:
    """Wait until no other batch of these screens is written. SQLite has only one writer; PostgreSQL needs a lock,
    because no row of the screen is changed."""
    if on_postgres(db):
        for screen in screens:
            db.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(screen, LOCKS))))


def _spans_beside(db: Session, screen: str, spans: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The counted spots around these sorted spans. A batch may contain plays that are a month apart."""
    parts: list[tuple[int, int]] = []
    for starts_ms, ends_ms in spans:
        if parts and starts_ms - parts[-1][1] <= APART_MS:
            parts[-1] = parts[-1][0], max(parts[-1][1], ends_ms)
        else:
            parts.append((starts_ms, ends_ms))
    return {span for first_ms, until_ms in parts for span in _spans_between(db, screen, first_ms, until_ms)}


def _spans_between(db: Session, screen: str, first_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """Starts and ends of the counted spots that start between these instants, and of the one before them.

    Found by the index of `counts_for`, whose order is that of the instants: they have 13 digits until the year 2286.
    """
    key, first, last = col(PlayRow.counts_for), _counting_key(screen, first_ms), _counting_key(screen, until_ms)
    before = select(func.max(key)).where(key < first, key > f"{screen}:").scalar_subquery()
    shown_ms = col(PlayRow.ended_ms) - col(PlayRow.began_ms)
    # Rows from before plans were recorded have no planned end. Half a second less than their shown time, so that a spot
    # that was shown slightly too long does not exclude the next one.
    old_end_ms = col(PlayRow.starts_ms) + shown_ms - PLAYED_WITHIN_MS
    end_ms = func.coalesce(col(PlayRow.planned_end_ms), old_end_ms)
    rows = select(PlayRow.starts_ms, end_ms).where(or_(key.between(first, last), key == before))
    return [(starts, ends) for starts, ends in db.exec(rows)]


# --- writing


def _row(play: Play, verdict: Verdict, source: Source, now: datetime) -> Row:
    return {
        "id": play.id,
        "kind": play.kind,
        "screen_id": play.screen,
        "player_id": source.player_id,
        "item": play.item,
        "campaign_id": verdict.campaign,
        "version": play.version,
        "starts_ms": play.starts_ms,
        "began_ms": play.began_ms,
        "ended_ms": play.ended_ms,
        "result": verdict.result,
        "why": verdict.why,
        "phones": play.phones if play.phones_samples else 0,
        "phones_samples": play.phones_samples,
        "on": verdict.on,
        "hour": verdict.hour,
        "impressions_milli": verdict.impressions_milli,
        "counts_for": _counting_key(play.screen, play.starts_ms) if counts(play, verdict) else None,
        "accepted_at": now,
        "planned_end_ms": verdict.planned_end_ms,
        "uncounted": verdict.uncounted,
    }


def _counting_key(screen: str, starts_ms: int) -> str:
    return f"{screen}:{starts_ms}"


def _writing_order(row: Row) -> tuple[str, int, str]:
    return row["screen_id"], row["starts_ms"], row["id"]


def _days_of(rows: Iterable[Row]) -> list[Row]:
    """The counts that new plays add to their local days. Only planned spots that count, or failed, add anything."""
    days: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        fails = row["result"] != "played"
        if row["kind"] == "spot" and row["uncounted"] is None:
            day = days.setdefault(_day_key(row), dict.fromkeys(DELIVERED_SUMS, 0))
            day["failed" if fails else "plays"] += 1
            day["impressions_milli"] += 0 if fails else row["impressions_milli"]
            day["shown_ms"] += 0 if fails else row["ended_ms"] - row["began_ms"]
            day["measured"] += _is_measured(row)
            day["phones"] += row["phones"] if _is_measured(row) else 0
    return [{"id": new_id(), **dict(zip(DAY_KEY, key, strict=True)), **days[key]} for key in sorted(days)]


def _is_measured(row: Row) -> bool:
    """Is it a counted play during which phones were counted?"""
    return row["counts_for"] is not None and row["phones_samples"] > 0


def _phone_hours_of(rows: Iterable[Row]) -> list[Row]:
    """The phones that new plays add to their local hours: of counted plays during which phones were counted."""
    hours: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if _is_measured(row):
            key = (row["screen_id"], row["on"], row["hour"], row["campaign_id"] or "")
            hour = hours.setdefault(key, dict.fromkeys(PHONE_SUMS, 0))
            hour["plays"] += 1
            hour["phones"] += row["phones"]
    return [{"id": new_id(), **dict(zip(HOUR_KEY, key, strict=True)), **hours[key]} for key in sorted(hours)]


HOUR_KEY = ("screen_id", "on", "hour", "campaign_id")
PHONE_SUMS = ("plays", "phones")
DAY_KEY = ("screen_id", "on", "campaign_id", "item")


def _day_key(row: Row) -> tuple[Any, ...]:
    return row["screen_id"], row["on"], row["campaign_id"] or "", creative_of(row["item"])


def _add(db: Session, table: Any, key: Sequence[str], sums: Sequence[str], rows: list[Row]) -> None:
    """Add the sums to the rows with the same key, or insert rows."""
    if not rows:
        return
    insert = postgres_insert if on_postgres(db) else sqlite_insert
    statement = insert(table)
    added = {name: getattr(table, name) + statement.excluded[name] for name in sums}
    db.connection().execute(statement.on_conflict_do_update(index_elements=key, set_=added), rows)


def _note_late(db: Session, days: Iterable[Row], zones: Mapping[str, ZoneInfo], *, now: datetime) -> None:
    """Record late plays: of days that are over, the sums may be made already (`plays/settle.py`)."""
    local = {id_: now.astimezone(zone).date() for id_, zone in zones.items()}
    late = [
        _late_count(day, zones[day["screen_id"]])
        for day in days
        if day["on"] < local[day["screen_id"]] and any(day[name] for name in DELIVERED_SUMS)
    ]
    if late:
        db.connection().execute(plain_insert(LateCount), late)


def _late_count(day: Row, zone: ZoneInfo) -> Row:
    same = {name: day[name] for name in ("screen_id", "on", "campaign_id", *DELIVERED_SUMS)}
    return {**same, "id": new_id(), "zone": zone.key, "creative_id": day["item"]}
