"""What was played of each campaign so far: what the next plan of its flight starts from.

A play counts when it comes, up to 30 days late. A box that is offline plays on, so its days must not be made good
elsewhere: what was planned for it is awaited, until it is heard of again or was not heard of for three days. From then
on what did not come is made good, and plays that come later still make the rest of the flight owe less. So nothing is
delivered twice but what was made good for a box that was silent for more than three days and had played all the time;
and never is more than the goal planned.
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
from server.planner.days import date_at, local_day
from server.plays.models import DeliveredDay
from server.screens.models import Player, Screen, Venue
from server.timelines.models import PlannedDay

AWAITED_FOR = timedelta(days=3)
LATE_FOR = timedelta(days=31)
LATELY = timedelta(days=7)


@dataclass
class Tally:
    """Of one campaign, on days that are over by the clock of each screen's venue.

    booked, planned, played, awaited: plays · impressions_milli: thousandths, of what was played
    planned_lately, played_lately: of the last week, with what is awaited
    """

    booked: int = 0
    planned: int = 0
    played: int = 0
    impressions_milli: int = 0
    awaited: int = 0
    planned_lately: int = 0
    played_lately: int = 0

    @property
    def kept(self) -> Fraction:
        """The part of what was planned in the last week that was played."""
        return (
            min(Fraction(1), Fraction(self.played_lately, self.planned_lately)) if self.planned_lately else Fraction(1)
        )

    @property
    def impressions(self) -> int:
        return self.impressions_milli // 1000

    @property
    def awaited_impressions(self) -> int:
        """As many for each play as it made so far; one where nothing was played yet."""
        return self.awaited * (self.impressions_milli // self.played if self.played else 1000) // 1000


def plays_so_far(db: Session, *, now: datetime) -> dict[str, int]:
    """What each flight's goal was given before today, in the goal's unit: played, and awaited."""
    return given_of(db, tallies(db, now=now))


def given_of(db: Session, sums: Mapping[str, Tally]) -> dict[str, int]:
    kinds = {id_: GoalKind(kind) for id_, kind in db.exec(select(Campaign.id, Campaign.goal_kind))}
    return {id_: given(one, kinds.get(id_)) for id_, one in sums.items()}


def given(tally: Tally, kind: GoalKind | None) -> int:
    if kind == GoalKind.IMPRESSIONS:
        return tally.impressions + tally.awaited_impressions
    return tally.played + tally.awaited


def tallies(db: Session, *, now: datetime) -> dict[str, Tally]:
    """Of every campaign that runs, or ended so lately that plays may still come."""
    found: dict[str, Tally] = defaultdict(Tally)
    for zone, today in todays(db, now):
        _add_sums(db, found, zone, before=today, now=now)
        for day in range(1, AWAITED_FOR.days + 2):
            _await(db, found, zone, today - timedelta(days=day), now=now)
    return dict(found)


def todays(db: Session, now: datetime) -> Iterator[tuple[str, date]]:
    """Every zone that venues are in, and its date. One that is not known is passed over: its venues are not planned."""
    for zone in db.exec(select(Venue.zone).distinct()).all():
        try:
            yield zone, date_at(zone, to_ms(now))
        except (KeyError, ValueError):
            continue


def _add_sums(db: Session, found: dict[str, Tally], zone: str, *, before: date, now: datetime) -> None:
    """Each table is gone through once: it may have millions of rows."""
    lately, played, planned = before - LATELY, DeliveredDay, PlannedDay
    counts = (col(played.plays), col(played.impressions_milli), _since(lately, played, col(played.plays)))
    for campaign_id, plays, impressions, late in _sums(db, played, counts, zone, now, before=before):
        found[campaign_id].played += plays
        found[campaign_id].impressions_milli += impressions
        found[campaign_id].played_lately += late
    counts = (col(planned.booked), col(planned.planned), _since(lately, planned, col(planned.planned)))
    for campaign_id, booked, spots, late in _sums(db, planned, counts, zone, now, before=before):
        found[campaign_id].booked += booked
        found[campaign_id].planned += spots
        found[campaign_id].planned_lately += late


def _since(day: date, table: type[DeliveredDay] | type[PlannedDay], count: Any) -> Any:
    return case((col(table.on) >= day, count), else_=0)


def _sums(
    db: Session,
    table: type[DeliveredDay] | type[PlannedDay],
    counts: Sequence[Any],
    zone: str,
    now: datetime,
    *,
    before: date,
) -> Iterator[tuple[Any, ...]]:
    counted = select(table.campaign_id, *(func.sum(count) for count in counts))
    here = counted.join(Screen, col(Screen.id) == col(table.screen_id)).join(Venue, col(Venue.id) == Screen.venue_id)
    alive = (col(table.on) < before, col(table.campaign_id).in_(_alive(now)))
    for row in db.exec(here.where(col(Venue.zone) == zone, *alive).group_by(col(table.campaign_id))):
        yield (row[0], *(int(number or 0) for number in row[1:]))


def _alive(now: datetime) -> Any:
    """Campaigns whose counts may still change."""
    lately = col(Campaign.ends_on) >= (now - LATE_FOR).date()
    return select(Campaign.id).where(col(Campaign.state) != CampaignState.DRAFT, lately)


def _await(db: Session, found: dict[str, Tally], zone: str, on: date, *, now: datetime) -> None:
    """What was planned for boxes that were not heard of since this day ended, less what they told of it before."""
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
    told = _by_screen(db, DeliveredDay, (DeliveredDay.plays, DeliveredDay.failed), on, silent, now)
    for (campaign_id, screen_id), spots in planned.items():
        missing = max(0, spots - told.get((campaign_id, screen_id), 0))
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
    total = func.sum(sum((col(one) for one in sums[1:]), col(sums[0])))
    counted = select(table.campaign_id, table.screen_id, total).where(
        col(table.on) == on, col(table.screen_id).in_(screens), col(table.campaign_id).in_(_alive(now))
    )
    rows = db.exec(counted.group_by(col(table.campaign_id), col(table.screen_id)))
    return {(campaign_id, screen_id): int(number or 0) for campaign_id, screen_id, number in rows}
