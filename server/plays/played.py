"""The plays of each campaign so far, from which the next plan of its flight starts.

A play counts when it arrives, up to 30 days late. A box that is offline plays on, so its plays must not be made good
elsewhere: they are awaited until the box is heard of again, or was silent for three days. From then on missing plays
are made good, and plays that arrive later still reduce what is due for the rest of the flight. So nothing is delivered
twice, except what was made good for a box that was silent for more than three days and played all the time; and never
is more than the goal planned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlmodel import Session, case, col, func, select

from server.campaigns.models import Campaign, CampaignState, GoalKind
from server.db import from_ms, to_ms
from server.planner.model.days import known_date_at, local_day
from server.plays.models import CampaignSum, DeliveredDay, LateCount
from server.plays.settle import late_counts, open_rows, settled
from server.screens.models import Player, Screen, Venue
from server.timelines.models import PlannedDay

AWAITED_FOR = timedelta(days=3)
LATE_FOR = timedelta(days=31)
LATELY = timedelta(days=7)


@dataclass
class Tally:
    """Counts of one campaign on days that are over by the clock of each screen's venue.

    booked, planned, played, awaited: plays · impressions_milli: thousandths of impressions of the played ones
    planned_lately, played_lately: plays of the last week; awaited ones count as played
    """

    booked: int = 0
    planned: int = 0
    played: int = 0
    impressions_milli: int = 0
    awaited: int = 0
    planned_lately: int = 0
    played_lately: int = 0

    @property
    def played_part(self) -> Fraction:
        """The played part of last week's plan."""
        return (
            min(Fraction(1), Fraction(self.played_lately, self.planned_lately)) if self.planned_lately else Fraction(1)
        )

    @property
    def impressions(self) -> int:
        return self.impressions_milli // 1000

    @property
    def awaited_impressions(self) -> int:
        """Awaited plays times the impressions per play so far; one impression each before the first play."""
        return self.awaited * (self.impressions_milli // self.played if self.played else 1000) // 1000


def plays_so_far(db: Session, *, now: datetime) -> dict[str, int]:
    """The part of its flight's goal that each campaign had before today (played and awaited), in the goal's unit."""
    return given_of(db, tallies(db, now=now))


def given_of(db: Session, sums: Mapping[str, Tally]) -> dict[str, int]:
    kinds = {id_: GoalKind(kind) for id_, kind in db.exec(select(Campaign.id, Campaign.goal_kind))}
    return {id_: given(tally, kinds.get(id_)) for id_, tally in sums.items()}


def given(tally: Tally, kind: GoalKind | None) -> int:
    if kind == GoalKind.IMPRESSIONS:
        return tally.impressions + tally.awaited_impressions
    return tally.played + tally.awaited


def tallies(db: Session, *, now: datetime) -> dict[str, Tally]:
    """A tally of every campaign that runs, or ended so recently that plays may still arrive."""
    found: dict[str, Tally] = defaultdict(Tally)
    until = settled(db)
    here = {zone: today for zone in until if (today := known_date_at(zone, to_ms(now)))}
    for zone, today in here.items():
        _add_settled(db, found, zone, before=today, now=now)
        _add_open(db, found, zone, after=until[zone], before=today, now=now)
    alive = set(db.exec(_alive(now)))
    for late in late_counts(db, until):
        if late.campaign_id in alive and late.zone in here:
            _add_late(found[late.campaign_id], late, lately=here[late.zone] - LATELY)
    for zone, today in todays(db, now):
        for day in range(1, AWAITED_FOR.days + 2):
            _await(db, found, zone, today - timedelta(days=day), now=now)
    return dict(found)


def todays(db: Session, now: datetime) -> Iterator[tuple[str, date]]:
    """Every zone that has venues, and its date. Unknown zones are skipped, because their venues are not planned."""
    for zone in db.exec(select(Venue.zone).distinct()).all():
        today = known_date_at(zone, to_ms(now))
        if today is not None:
            yield zone, today


def _add_settled(db: Session, found: dict[str, Tally], zone: str, *, before: date, now: datetime) -> None:
    counts = [col(getattr(CampaignSum, name)) for name in ("booked", "planned", "plays", "impressions_milli")]
    lately = [case((col(CampaignSum.on) >= before - LATELY, count), else_=0) for count in counts[1:3]]
    sums = select(CampaignSum.campaign_id, *(func.sum(count) for count in (*counts, *lately)))
    days = (col(CampaignSum.zone) == zone, col(CampaignSum.on) < before, col(CampaignSum.campaign_id).in_(_alive(now)))
    for row in db.exec(sums.where(*days).group_by(col(CampaignSum.campaign_id))):
        _add(found[row[0]], *(int(number) for number in row[1:]))


def _add(
    tally: Tally,
    booked: int = 0,
    planned: int = 0,
    plays: int = 0,
    impressions_milli: int = 0,
    planned_lately: int = 0,
    played_lately: int = 0,
) -> None:
    tally.booked += booked
    tally.planned += planned
    tally.played += plays
    tally.impressions_milli += impressions_milli
    tally.planned_lately += planned_lately
    tally.played_lately += played_lately


def _add_open(db: Session, found: dict[str, Tally], zone: str, *, after: date, before: date, now: datetime) -> None:
    """Add the days that are over but not settled. Each table is read only once: it may have millions of rows."""
    lately, played, planned = before - LATELY, DeliveredDay, PlannedDay
    counts = (col(played.plays), col(played.impressions_milli), _since(lately, played, col(played.plays)))
    for campaign_id, plays, impressions, late in _sums(db, played, counts, zone, now, after=after, before=before):
        _add(found[campaign_id], plays=plays, impressions_milli=impressions, played_lately=late)
    counts = (col(planned.booked), col(planned.planned), _since(lately, planned, col(planned.planned)))
    for campaign_id, booked, spots, late in _sums(db, planned, counts, zone, now, after=after, before=before):
        _add(found[campaign_id], booked=booked, planned=spots, planned_lately=late)


def _add_late(tally: Tally, late: LateCount, *, lately: date) -> None:
    played_lately = late.plays if late.on >= lately else 0
    _add(tally, plays=late.plays, impressions_milli=late.impressions_milli, played_lately=played_lately)


def _since(day: date, table: type[DeliveredDay] | type[PlannedDay], count: Any) -> Any:
    return case((col(table.on) >= day, count), else_=0)


def _sums(
    db: Session,
    table: type[DeliveredDay] | type[PlannedDay],
    counts: Sequence[Any],
    zone: str,
    now: datetime,
    *,
    after: date,
    before: date,
) -> Iterator[tuple[Any, ...]]:
    if (before - after).days <= 1:
        return
    counted = select(table.campaign_id, *(func.sum(count) for count in counts))
    rows = (*open_rows(table, zone, after=after, before=before), col(table.campaign_id).in_(_alive(now)))
    for row in db.exec(counted.where(*rows).group_by(col(table.campaign_id))):
        yield (row[0], *(int(number or 0) for number in row[1:]))


def _alive(now: datetime) -> Any:
    """Campaigns whose counts may still change."""
    lately = col(Campaign.ends_on) >= (now - LATE_FOR).date()
    return select(Campaign.id).where(col(Campaign.state) != CampaignState.DRAFT, lately)


def _await(db: Session, found: dict[str, Tally], zone: str, on: date, *, now: datetime) -> None:
    """Await the plays planned for boxes that were last heard of before the end of this day, less what they reported."""
    day = local_day(zone, on)
    if day is None:
        return
    silent = (
        select(col(Player.screen_id))
        .join(Screen, col(Screen.id) == col(Player.screen_id))
        .join(Venue, col(Venue.id) == Screen.venue_id)
        .where(
            col(Venue.zone) == zone,
            col(Player.revoked_at).is_(None),
            col(Player.seen_at) < from_ms(day.ends_ms),
            col(Player.seen_at) > now - AWAITED_FOR,
        )
    )
    planned = _by_screen(db, PlannedDay, (PlannedDay.planned,), on, silent, now)
    reported = _by_screen(db, DeliveredDay, (DeliveredDay.plays, DeliveredDay.failed), on, silent, now)
    for (campaign_id, screen_id), spots in planned.items():
        missing = max(0, spots - reported.get((campaign_id, screen_id), 0))
        found[campaign_id].awaited += missing
        found[campaign_id].played_lately += missing


def _by_screen(
    db: Session,
    table: type[DeliveredDay] | type[PlannedDay],
    sums: tuple[Any, ...],
    on: date,
    screens: Any,
    now: datetime,
) -> dict[tuple[str, str], int]:
    total = func.sum(sum((col(count) for count in sums[1:]), col(sums[0])))
    counted = select(table.campaign_id, table.screen_id, total).where(
        col(table.on) == on, col(table.screen_id).in_(screens), col(table.campaign_id).in_(_alive(now))
    )
    rows = db.exec(counted.group_by(col(table.campaign_id), col(table.screen_id)))
    return {(campaign_id, screen_id): int(number or 0) for campaign_id, screen_id, number in rows}
