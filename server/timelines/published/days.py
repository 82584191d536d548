"""The day tables that were published for each screen, against which plays are checked.

A version names a day table for each of its days. A row is written where a version's table differs from that of the
version before, so a version's table of a day is named by the day's last row up to that version. Rows of a day that has
not begun are deleted with the last version that a box may still hold (`retention.py`). Once the day has begun, its rows
and the files that they name stay as long as its plays are accepted: a box may have been offline with any of them.

For 100,000 screens whose days are planned twice, that is 10 million rows of some 200 bytes; a table has 37 kB, and
equal tables are one file. The plays of the same days take ten times as much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlmodel import Session, and_, col, delete, false, insert, or_, select

from media.daytable import DayTable
from media.store import MediaStore
from media.wire.timeline import Day, Manifest
from server.db import to_ms
from server.timelines.models import PublishedDay, PublishedTimeline
from server.timelines.published.read import StoredTables

PLAYS_ACCEPTED_FOR = timedelta(days=30)
DAYS_KEPT = PLAYS_ACCEPTED_FOR + timedelta(days=3)  # from the beginning of a day that may have 25 hours


class DayRow(NamedTuple):
    """A row of `published_day`, as it is read for thousands of plays."""

    version: int
    starts_ms: int
    ends_ms: int
    slot_ms: int
    digest: str


class PlannedSpots:
    """The spots of every version that was published to some screens, around some instants.

    days: each screen's rows, newest version first · tables: by digest; each is read at its first use
    """

    def __init__(self, days: Mapping[str, Sequence[DayRow]], tables: Mapping[str, DayTable]) -> None:
        self._days = days
        self._tables = tables
        self._read: dict[str, DayTable | None] = {}

    def end_ms(self, screen_id: str, item: str, starts_ms: int, *, version: int) -> int | None:
        """The end of the spot of this item that starts at this instant; None if no version has such a spot.

        Any version counts, not only the one that the box names: after a backup was restored, version numbers are
        assigned again.
        """
        rows = [day for day in self._days.get(screen_id, ()) if day.starts_ms <= starts_ms < day.ends_ms]
        # The row that applies to the box's version is nearly always the right one, so it is tried first.
        rows.sort(key=lambda day: day.version > version)
        for day in rows:
            end_ms = self._spot_end_ms(day, item, starts_ms)
            if end_ms is not None:
                return end_ms
        return None

    def _spot_end_ms(self, day: DayRow, item: str, starts_ms: int) -> int | None:
        if day.digest not in self._read:
            self._read[day.digest] = self._tables.get(day.digest)
        table = self._read[day.digest]
        slot, over_ms = divmod(starts_ms - day.starts_ms, day.slot_ms)
        spot = table.spot_from(slot) if table is not None and not over_ms else None
        if spot is None or spot[0] != item:
            return None
        return min(day.starts_ms + spot[1] * day.slot_ms, day.ends_ms)


def planned_spots(db: Session, store: MediaStore, spans: Mapping[str, tuple[int, int]]) -> PlannedSpots:
    """The spots of these screens, each between two instants (both included). Not for a write transaction: tables are
    read from files."""
    around = (
        and_(col(PublishedDay.screen_id) == id_, col(PublishedDay.starts_ms) <= last, col(PublishedDay.ends_ms) > first)
        for id_, (first, last) in spans.items()
    )
    columns = [col(getattr(PublishedDay, name)) for name in ("screen_id", *DayRow._fields)]
    days: dict[str, list[DayRow]] = defaultdict(list)
    for row in db.exec(select(*columns).where(or_(false(), *around)).order_by(col(PublishedDay.version).desc())):
        days[row[0]].append(DayRow(*row[1:]))
    digests = {day.digest for of_screen in days.values() for day in of_screen}
    return PlannedSpots(days, StoredTables(store, tuple(digests)))


# --- writing


def record_days(db: Session, manifest: Manifest, *, now: datetime) -> None:
    """Write the days of a version that is being published, and delete rows that no box can follow any more."""
    now_ms, screen_id = to_ms(now), manifest.screen
    mine = select(PublishedDay).where(PublishedDay.screen_id == screen_id, PublishedDay.ends_ms > now_ms)
    known = db.exec(mine.order_by(col(PublishedDay.starts_ms), col(PublishedDay.version))).all()
    newest = {day.starts_ms: (day.ends_ms, day.digest, day.slot_ms) for day in known}
    fresh = [
        _row(manifest, day)
        for day in manifest.days
        if day.ends_ms > now_ms and newest.get(day.starts_ms) != (day.ends_ms, day.digest, manifest.slot_ms)
    ]
    if fresh:
        db.connection().execute(insert(PublishedDay), fresh)
    versions = db.exec(select(PublishedTimeline.version).where(PublishedTimeline.screen_id == screen_id)).all()
    for day in superseded_days([day for day in known if day.starts_ms > now_ms], versions):
        db.delete(day)


def superseded_days(days: Iterable[PublishedDay], versions: Sequence[int]) -> list[PublishedDay]:
    """Rows that apply to none of these versions. `days` are ordered by day and version."""
    return [
        day
        for day, later in pairwise(days)
        if day.starts_ms == later.starts_ms and not any(day.version <= v < later.version for v in versions)
    ]


def drop_old_days(db: Session, *, now: datetime) -> None:
    """Delete days so long ago that their plays are no longer accepted."""
    db.exec(delete(PublishedDay).where(col(PublishedDay.starts_ms) < to_ms(now - DAYS_KEPT)))


def named_by_days(db: Session, digests: Sequence[str]) -> set[str]:
    """The files among these that a published day names."""
    return set(db.exec(select(PublishedDay.digest).where(col(PublishedDay.digest).in_(digests)).distinct()))


def _row(manifest: Manifest, day: Day) -> dict[str, object]:
    return {
        "screen_id": manifest.screen,
        "starts_ms": day.starts_ms,
        "version": manifest.version,
        "ends_ms": day.ends_ms,
        "slot_ms": manifest.slot_ms,
        "digest": day.digest,
    }
