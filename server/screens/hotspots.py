"""The hotspot of a screen: its hours, from the statuses of its box, and how near it is to its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, select

from media.wire.status import CertificateReport, Hotspot, HotspotCounts
from server.db import new_id, on_postgres
from server.screens.models import HotspotHour, Player

HOURS_STORED_FOR = timedelta(days=90)
FRESH_S = 30  # an older count is the one of the status before, repeated
SILENT_S = 60
COUNTERS = ("joins", "returns", "refusals", "ended_time", "ended_bytes", "ended_idle")
SUMS = ("samples", "present_sum", *COUNTERS, "uplink_bytes")
KEY = ("screen_id", "starts_at")

# How many phones the radio of a Raspberry Pi takes: 7 to 10 with its usual firmware, 19 with the minimal one.
PI_RADIO_FEWEST, PI_RADIO_MOST, PI_RADIO_OTHER_FIRMWARE = 7, 10, 19
NEARLY = 0.75  # of its places


class Limit(StrEnum):
    """How near a hotspot is to a limit; the worst first."""

    REFUSED = "refused"  # phones found no place today
    FULL = "full"  # all places are taken now
    NEARLY_FULL = "nearly_full"
    RADIO = "radio"  # the plan has more places than the radio of a Raspberry Pi takes, and that many phones come


@dataclass(frozen=True)
class HotspotDay:
    """A hotspot now, and its hours of today by the venue's clock, the first first.

    counts: the last that were reported; None: its process has not answered since the box's player started
    certificate: of its portal, as it was reported
    silent: it does not answer now
    """

    counts: HotspotCounts | None
    age_s: int
    silent: bool
    hours: tuple[HotspotHour, ...]
    certificate: CertificateReport | None = None

    def total(self, name: str) -> int:
        return sum(getattr(hour, name) for hour in self.hours)

    @property
    def present_most(self) -> int:
        return max((hour.present_most for hour in self.hours), default=0)

    @property
    def limit(self) -> Limit | None:
        """The limit that is reached or near; None while there is room."""
        if self.counts is None or not self.counts.most_phones:
            return None
        places, present = self.counts.most_phones, self.counts.present
        if self.total("refusals"):
            return Limit.REFUSED
        if present >= places and not self.silent:
            return Limit.FULL
        if self.present_most >= NEARLY * places:
            return Limit.NEARLY_FULL
        return Limit.RADIO if places > PI_RADIO_MOST and self.present_most >= PI_RADIO_FEWEST - 1 else None


def hotspot_of(status: Mapping[str, Any]) -> Hotspot | None:
    """The hotspot of a stored status; None: the box is none, or its software is older than hotspots' reports."""
    try:
        return Hotspot.model_validate(status["hotspot"]) if status.get("hotspot") else None
    except ValidationError:
        return None


def hotspot_today(db: Session, player: Player | None, *, midnight: datetime, now: datetime) -> HotspotDay | None:
    """None for a screen whose box is no hotspot.

    midnight: the beginning of the venue's day
    """
    hotspot = hotspot_of(player.status) if player else None
    if player is None or hotspot is None:
        return None
    since = (col(HotspotHour.screen_id) == player.screen_id, col(HotspotHour.starts_at) >= midnight)
    hours = db.exec(select(HotspotHour).where(*since).order_by(col(HotspotHour.starts_at))).all()
    report_s = (now - player.seen_at).total_seconds() if player.seen_at else 0
    age_s = hotspot.age_s + round(max(report_s, 0))
    return HotspotDay(
        hotspot.counts, age_s, hotspot.counts is None or hotspot.age_s > SILENT_S, tuple(hours), hotspot.certificate
    )


def note_hotspot(db: Session, screen_id: str, before: Hotspot | None, after: Hotspot, *, now: datetime) -> None:
    """Add to the hour what a new status reports, against the status before it."""
    if after.counts is None:
        return
    added = _added(before.counts if before else None, after.counts)
    if after.age_s <= FRESH_S:
        present = after.counts.present
        added |= {"samples": 1, "present_sum": present, "present_most": present}
    if any(added.values()):
        _add(db, {"screen_id": screen_id, "starts_at": now.replace(minute=0, second=0, microsecond=0)} | added)


def forget_hotspot_hours(db: Session, *, now: datetime) -> None:
    db.exec(delete(HotspotHour).where(col(HotspotHour.starts_at) < now - HOURS_STORED_FOR))


def _added(before: HotspotCounts | None, after: HotspotCounts) -> dict[str, int]:
    """The growth of the counters. A new process began at 0; of a box without a report before, nothing is known."""
    added = dict.fromkeys((*SUMS, "present_most"), 0)
    if before is None:
        return added
    same = before.run == after.run
    for name in COUNTERS:
        added[name] = _growth(getattr(before, name) if same else 0, getattr(after, name))
    if after.uplink_bytes is not None and before.uplink_bytes is not None:
        added["uplink_bytes"] = _growth(before.uplink_bytes, after.uplink_bytes)
    return added


def _growth(before: int, after: int) -> int:
    """A counter that is lower than before began anew."""
    return after - before if after >= before else after


def _add(db: Session, row: dict[str, Any]) -> None:
    insert = postgres_insert if on_postgres(db) else sqlite_insert
    statement = insert(HotspotHour).values(id=new_id(), **row)
    most, given = col(HotspotHour.present_most), statement.excluded.present_most
    changed = {name: getattr(HotspotHour, name) + statement.excluded[name] for name in SUMS}
    changed["present_most"] = case((given > most, given), else_=most)
    db.connection().execute(statement.on_conflict_do_update(index_elements=KEY, set_=changed))
