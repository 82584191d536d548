"""The rules of a booking, each with an error of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from math import isfinite

from sqlmodel import Session, col, select

from server.campaigns.advertisers import advertiser_in_use
from server.campaigns.forms import BookingForm, DaypartForm
from server.campaigns.models import GoalKind, PaceKind, TargetKind
from server.campaigns.reach import bank_name, screens_in_use, screens_named, venue_types_of
from server.creatives.models import Creative, CreativeState
from server.db import to_ms
from server.errors import Conflict, Invalid, Missing
from server.planner.model.days import known_date_at
from server.screens.hours import DAY_MIN
from server.screens.models import Venue
from server.screens.table.openooh import VENUE_TYPES

WEEK_MIN = 7 * DAY_MIN

logger = logging.getLogger(__name__)

# The largest goal of each kind; a takeover has no number.
MOST = {
    GoalKind.SHARE: 100,
    GoalKind.PLAYS_PER_DAY: 86_400,
    GoalKind.PLAYS: 1_000_000_000,
    GoalKind.IMPRESSIONS: 10_000_000_000,
}


class NoCreativeChosen(Invalid):
    """A campaign needs something to show. Choose at least one creative."""


class CreativeTwice(Invalid):
    """A creative is listed twice. List it once and give it a higher weight."""


class NoCreative(Missing):
    """There is no such creative. Choose one from the list of creatives."""


class NotTheAdvertisersCreative(Invalid):
    """This creative does not belong to the campaign's advertiser. Choose one of the advertiser's own creatives."""


class CreativeNotReady(Conflict):
    """A creative is not ready to be shown. Wait until it is processed, or choose another."""


class FlightReversed(Invalid):
    """The flight ends before it starts. Choose an end on or after the first day."""


class FlightOver(Invalid):
    """The flight lies in the past. Choose an end that is today or later."""


class BadGoal(Invalid):
    """This goal cannot be met. Give a share above 0 and up to 100 percent, or a whole number of plays."""


class PaceWithoutTotal(Invalid):
    """Only plays or impressions of the whole flight can be paced. Choose an even pace, or another goal."""


class BonusTakeover(Invalid):
    """A takeover gives way to nobody, so it cannot be a bonus. Take the bonus off, or choose another goal."""


class CappedTakeover(Invalid):
    """A takeover has all the time, so it cannot be capped. Leave the cap empty, or choose another goal."""


class CapTooLow(Invalid):
    """With this cap the plays of a day do not fit into its hours. Raise the cap, add hours, or ask for fewer plays."""


class DaypartReversed(Invalid):
    """A daypart ends before it begins, or takes more than a day. Give 1320 to 1560 for a night from 22:00 to 2:00."""


class DaypartsOverlap(Invalid):
    """Two dayparts overlap. Join them into one."""


class NoTarget(Invalid):
    """The campaign names no place. Choose screens, banks, venues, venue types, tags or all screens."""


class UnknownTarget(Invalid):
    """A place that the campaign names does not exist or is no longer in use. Choose from the lists of places."""


class ExcludedEverywhere(Invalid):
    """The exclusions leave no place where the campaign may play. Exclude fewer places, or choose more."""


def check_draft(db: Session, form: BookingForm) -> None:
    """The rules that hold for a draft already."""
    advertiser_in_use(db, form.advertiser_id)
    check_flight(form.starts_on, form.ends_on)
    check_goal(form.goal_kind, form.goal)
    check_dayparts(form.dayparts)
    check_terms(form)
    _check_creatives(db, form)
    _check_places(db, form)


def check_bookable(db: Session, form: BookingForm, *, now: datetime) -> None:
    """A draft may wait for its creatives; a booking may not, and it has a day left to run."""
    check_draft(db, form)
    if form.ends_on < earliest_today(db, now):
        raise FlightOver
    for creative in _creatives(db, form):
        if creative.state != CreativeState.READY:
            raise CreativeNotReady(f"The creative “{creative.title}” is {creative.state}, not ready.")


def check_flight(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise FlightReversed


def check_goal(kind: GoalKind, goal: float) -> None:
    if not isfinite(goal) or not 0 < goal <= MOST.get(kind, goal):
        raise BadGoal
    if kind != GoalKind.SHARE and goal != int(goal):
        raise BadGoal


def check_terms(form: BookingForm) -> None:
    """Pace, bonus and cap must fit the goal."""
    if form.pace != PaceKind.EVEN and not form.goal_kind.of_flight:
        raise PaceWithoutTotal
    if form.goal_kind == GoalKind.TAKEOVER and form.preemptible:
        raise BonusTakeover
    if form.goal_kind == GoalKind.TAKEOVER and form.hourly is not None:
        raise CappedTakeover
    capped = form.hourly is not None and form.goal_kind == GoalKind.PLAYS_PER_DAY
    if capped and form.goal * 60 > (form.hourly or 0) * _longest_day(form.dayparts):
        raise CapTooLow


def _longest_day(dayparts: Sequence[DaypartForm]) -> int:
    """Minutes of the weekday that has most of them."""
    if not dayparts:
        return DAY_MIN
    return max(sum(part.until_min - part.from_min for part in dayparts if part.weekday == day) for day in range(7))


def check_dayparts(dayparts: Iterable[DaypartForm]) -> None:
    """A night may reach into the next weekday's hours, and Sunday's into Monday's, but not overlap them."""
    dayparts = list(dayparts)
    if any(not 0 < part.until_min - part.from_min < DAY_MIN + (part.from_min == 0) for part in dayparts):
        raise DaypartReversed  # a whole day begins at midnight: 08:00–08:00 could mean nothing, or all
    begins = sorted((part.weekday * DAY_MIN + part.from_min, part.until_min - part.from_min) for part in dayparts)
    following = [*begins[1:], *((at + WEEK_MIN, length) for at, length in begins[:1])]
    if any(at + length > after for (at, length), (after, _) in zip(begins, following, strict=True)):
        raise DaypartsOverlap


def _check_creatives(db: Session, form: BookingForm) -> None:
    ids = [chosen.creative_id for chosen in form.creatives]
    if not ids:
        raise NoCreativeChosen
    if len(set(ids)) != len(ids):
        raise CreativeTwice
    found = _creatives(db, form)
    if len(found) != len(ids):
        raise NoCreative
    for creative in found:
        if creative.advertiser_id != form.advertiser_id:
            raise NotTheAdvertisersCreative(f"The creative “{creative.title}” does not belong to this advertiser.")


def _creatives(db: Session, form: BookingForm) -> Sequence[Creative]:
    ids = [chosen.creative_id for chosen in form.creatives]
    return db.exec(select(Creative).where(col(Creative.id).in_(ids)).order_by(col(Creative.id))).all()


def _check_places(db: Session, form: BookingForm) -> None:
    if not form.targets:
        raise NoTarget
    screens, types = screens_in_use(db), venue_types_of(db)
    known = {
        TargetKind.SCREEN: {screen.id for screen in screens},
        TargetKind.BANK: {bank_name(screen) for screen in screens if screen.bank},
        TargetKind.VENUE: set(types),
        TargetKind.VENUE_TYPE: {str(id_) for id_ in VENUE_TYPES},
        TargetKind.TAG: {tag for screen in screens for tag in screen.tags},
    }
    for target in (*form.targets, *form.exclusions):
        if target.kind != TargetKind.ALL and target.value not in known[target.kind]:
            raise UnknownTarget(f"There is no {target.kind} “{target.value}” in use.")
    if any(exclusion.kind == TargetKind.ALL for exclusion in form.exclusions):
        raise ExcludedEverywhere
    if screens_named(form.targets, screens, types) and not screens_named(form.targets, screens, types, form.exclusions):
        raise ExcludedEverywhere


def earliest_today(db: Session, now: datetime) -> date:
    """The date in the westernmost zone of the network: a flight that still runs somewhere is not over.

    A venue whose zone this machine no longer knows must not keep all others from being booked.
    """
    zones = db.exec(select(Venue.zone).where(col(Venue.retired_at).is_(None)).distinct()).all()
    todays = {zone: known_date_at(zone, to_ms(now)) for zone in zones}
    for zone in sorted(zone for zone, today in todays.items() if today is None):
        logger.warning("zone not known zone=%s", zone)
    return min((today for today in todays.values() if today is not None), default=now.date())


def latest_date(now: datetime) -> date:
    """The date in the easternmost zone there is: no venue is further ahead."""
    return now.astimezone(timezone(timedelta(hours=14))).date()
