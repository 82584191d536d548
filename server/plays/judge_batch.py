"""Judge a batch of plays by rows from the database and by day tables from their files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from media.item_ids import campaign_of, creative_of
from media.store import MediaStore
from media.wire.plays import Play
from server.campaigns.models import Campaign
from server.creatives.models import Creative
from server.db import to_ms
from server.plays.judge import OLDEST_MS, STRAY_MS, ULID, Known, Refusal, Served, Verdict, judge
from server.plays.uncounted import Source
from server.screens.models import Player, Screen, Service, Venue
from server.timelines.published.days import PlannedSpots, planned_spots
from server.zones import zone_or_utc


@dataclass(frozen=True)
class JudgedPlays:
    """A batch as it arrived, with a verdict for each id; of plays that share an id, on the first."""

    source: Source
    plays: Sequence[Play]
    verdicts: dict[str, Refusal | Verdict]
    zones: Mapping[str, ZoneInfo]

    @property
    def first(self) -> dict[str, Play]:
        return {play.id: play for play in reversed(self.plays)}


def judge_plays(
    db: Session, store: MediaStore, player: Player, plays: Sequence[Play], *, now: datetime, slot_ms: int = 5000
) -> JudgedPlays:
    """Judge a batch by the published timelines. Reads the database and files, and writes nothing."""
    known = _look_up(db, store, player, plays, now=now, slot_ms=slot_ms)
    verdicts = {play.id: judge(play, known) for play in reversed(plays)}
    zone = known.zones.get(player.screen_id or "", UTC)
    source = Source(player.id, player.screen_id or "", now.astimezone(zone).date())
    return JudgedPlays(source, plays, verdicts, known.zones)


def _look_up(
    db: Session, store: MediaStore, player: Player, plays: Sequence[Play], *, now: datetime, slot_ms: int
) -> Known:
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
        zones[service.screen_id], multipliers[service.screen_id] = zone_or_utc(zone), of_screen
    items = {play.item for play in plays}
    creatives = {creative for item in items if ULID.fullmatch(creative := creative_of(item))}
    campaigns = {campaign for item in items if (campaign := campaign_of(item)) and ULID.fullmatch(campaign)}
    lengths = db.exec(select(Creative.id, Creative.length_ms).where(col(Creative.id).in_(creatives)))
    return Known(
        served,
        zones,
        multipliers,
        dict(lengths.all()),
        set(db.exec(select(Campaign.id).where(col(Campaign.id).in_(campaigns)))),
        _planned(db, store, plays, served, now_ms=to_ms(now)),
        slot_ms,
        to_ms(now),
    )


def _planned(
    db: Session, store: MediaStore, plays: Iterable[Play], served: Mapping[str, object], *, now_ms: int
) -> PlannedSpots:
    """The spots planned on the player's screens between the first and the last of these plays."""
    oldest_ms, newest_ms = now_ms - OLDEST_MS - STRAY_MS, now_ms + STRAY_MS
    starts: dict[str, list[int]] = defaultdict(list)
    for play in plays:
        if play.kind == "spot" and play.screen in served and oldest_ms <= play.starts_ms <= newest_ms:
            starts[play.screen].append(play.starts_ms)
    return planned_spots(db, store, {screen: (min(of_screen), max(of_screen)) for screen, of_screen in starts.items()})
