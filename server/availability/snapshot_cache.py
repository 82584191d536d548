"""Snapshots of the network in memory: each day as the worker would allot it, with held drafts counted as booked.

Days of the window are allotted in turn, starting from the stored allotments, as the worker does it. All days beyond the
window that have the same weekday, bookings and advert-free venues share one plan; for it, goals of a flight are assumed
to be met evenly from the window's end to the end of the flight. So bookings that begin, end or are sold far ahead
count, and a flight of a year needs few plans.

A new snapshot reuses the plan of each day whose input is unchanged, and plans the others starting from the old plan.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from threading import RLock
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from server.allotment.allot import FLIGHT_GOALS, Network, day_input_of, read_network
from server.allotment.plan_cache import CachedDay, DayInput, plan_day
from server.allotment.stored import allotted_on
from server.allotment.up_time import ALWAYS_UP, up_times_of
from server.availability.draft_booking import LengthUnknown, booking_of_form
from server.campaigns.book import form_of
from server.campaigns.holds import holds
from server.db import reading, to_ms
from server.planner.allocate.allot import allot
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.model.allotments import Row
from server.planner.model.compiled import Longs
from server.planner.model.days import LocalDay, date_at
from server.planner.model.market import market_of
from server.planner.model.network import NetworkDay
from server.planner.model.problem import Booking
from server.plays.played import plays_so_far
from server.plays.up_time import up_times
from server.screens.replan import revision
from server.settings import Settings

logger = logging.getLogger(__name__)

# Plays change what is due without a new booking, so they are counted again after this time.
PLAYS_COUNTED_FOR_S = 600
DAY, NEVER = timedelta(days=1), date(9999, 12, 30)
# A far day uses the plan of a day of the window that sells at most one part in so many more: what is free is then a
# lower bound.
TOLERATED_PART = 200
SOME_DATE = LocalDay(date.min, 0, 0, ())


class SnapshotKey(NamedTuple):
    """A snapshot is valid while its key is: the network's revision, the holds that run, and a count of intervals in
    which the plays stay as they were counted."""

    revision: int
    holds: tuple[str, ...]
    plays_counted: int


@dataclass
class NetworkSnapshot:
    """The network at one revision. A day is allotted when it is first used, or by `allot_window`.

    given: what each flight had of its goal before the first day · planned: what the days so far give it
    earlier: days of earlier snapshots, from which those of this one are planned
    days: the days of the window so far · far: plans of days beyond it, by what makes them alike
    """

    engine: Engine
    settings: Settings
    key: SnapshotKey
    network: Network
    given: Mapping[str, int]
    up_times: Mapping[str, float]
    first: date
    earlier: Mapping[date, CachedDay] = field(default_factory=dict)
    days: dict[date, CachedDay] = field(default_factory=dict)
    far: dict[tuple[object, ...], NetworkPlan] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    @property
    def revision(self) -> int:
        return self.key.revision

    @property
    def last(self) -> date:
        """The window's last day."""
        return self.first + timedelta(days=self.settings.days_ahead)

    @cached_property
    def changes(self) -> frozenset[date]:
        """Days beyond the window whose bookings or advert-free venues differ from those of the day before."""
        begun = {booking.starts_on for booking in self.network.bookings}
        ended = {min(booking.last_on, NEVER) + DAY for booking in self.network.bookings}
        free = {date.fromisoformat(on) for venue in self.network.inventory.rules for on in venue.advert_free_days}
        return frozenset(on for on in begun | ended | free | {min(on, NEVER) + DAY for on in free} if on > self.last)

    @cached_property
    def milli(self) -> Longs:
        return self.network.inventory.milli_of(self.up_times)

    def up_time_of(self, booking: Booking) -> int:
        """Thousandths of the booking's plays that its screens will show."""
        if booking.goal_kind not in FLIGHT_GOALS or not self.up_times:
            return ALWAYS_UP
        return up_times_of([booking], self.network.inventory.screens_by_trait, self.milli)[booking.id]

    def plan_on(self, on: date) -> NetworkPlan:
        with self.lock:
            if on <= self.last:
                self._grow(on)
                return self.days[max(on, self.first)].plan
            self._grow(self.last)
            key = self._likeness(on)
            if key not in self.far:
                day_input = day_input_of(self.network, on, self._given_by(on), self.settings)
                self.far[key] = self._plan_in_window(key, day_input) or _allotted(day_input.day)
            return self.far[key]

    def _plan_in_window(self, key: tuple[object, ...], far: DayInput) -> NetworkPlan | None:
        """The plan of the window's last day that is like the far day, if it sells as much or a little more."""
        for on, cached in reversed(self.days.items()):
            if self._likeness(on) == key:
                return cached.plan if _sells_as_much(cached.day_input.day, far.day) else None
        return None

    def allot_window(self) -> None:
        """Allot all days of the window. The lock is released after each day, so that queries wait for one at most."""
        for n in range(self.settings.days_ahead + 1):
            self.plan_on(self.first + timedelta(days=n))
        self.earlier = {}

    def _grow(self, until: date) -> None:
        """Allot the window up to this day, in order: what is due on a day depends on what the days before it give."""
        while len(self.days) <= (until - self.first).days:
            on = self.first + timedelta(days=len(self.days))
            flights = {*self.given, *self.planned}
            self.days[on] = self._plan(on, {id_: self.given.get(id_, 0) + self.planned.get(id_, 0) for id_ in flights})
            plan = self.days[on].plan
            for order, met in zip(plan.market.day.orders, plan.allotment.fulfilled.tolist(), strict=True):
                shown = met // 1000 * self.network.up_times.get(order.booking, ALWAYS_UP) // ALWAYS_UP
                self.planned[order.booking] = self.planned.get(order.booking, 0) + shown

    def _plan(self, on: date, given: Mapping[str, int]) -> CachedDay:
        day_input = day_input_of(self.network, on, given, self.settings)
        return CachedDay(day_input, plan_day(day_input, self.earlier.get(on), lambda: self._stored(on)))

    def _stored(self, on: date) -> dict[str, Row]:
        with reading(self.engine) as db:
            return allotted_on(db, on)

    def _likeness(self, on: date) -> tuple[object, ...]:
        """Days with equal values are planned alike, but for what is due of flights' goals."""
        bookings, venues = self.network.bookings, self.network.inventory.rules
        running = frozenset(booking.id for booking in bookings if booking.starts_on <= on <= booking.last_on)
        advert_free = frozenset(id(rules) for rules in venues if on.isoformat() in rules.advert_free_days)
        in_part = frozenset(booking.id for booking in bookings if booking.has_part_of(on))
        return on.weekday(), running, in_part, advert_free

    def _given_by(self, on: date) -> dict[str, int]:
        """The parts of their goals that flights will have had by a far day, if the rest is played evenly."""
        given: dict[str, int] = {}
        for booking in self.network.bookings:
            so_far = self.given.get(booking.id, 0) + self.planned.get(booking.id, 0)
            first = max(booking.starts_on, self.last + timedelta(days=1))
            days, past = (booking.last_on - first).days + 1, (on - first).days
            left = max(0, int(booking.goal) - so_far)
            given[booking.id] = so_far + (left * past // days if 0 < past < days else 0)
        return given


def _sells_as_much(day: NetworkDay, far: NetworkDay) -> bool:
    """Does the day have the same profiles and orders as the far one, with as many plays or slightly more?"""
    if day.places is not far.places or len(day.orders) != len(far.orders):
        return False
    hours, far_hours = ([replace(profile, day=SOME_DATE) for profile in each.profiles] for each in (day, far))
    lengths, far_lengths = (
        [profile.day.ends_ms - profile.day.starts_ms for profile in each.profiles] for each in (day, far)
    )
    if hours != far_hours or lengths != far_lengths:
        return False
    plays, far_plays = ([order.plays or 0 for order in each.orders] for each in (day, far))
    more = [here - there for here, there in zip(plays, far_plays, strict=True)]
    orders, far_orders = ([replace(order, plays=order.plays and 1) for order in each.orders] for each in (day, far))
    return orders == far_orders and min(more, default=0) >= 0 and sum(more) * TOLERATED_PART <= sum(far_plays)


def _allotted(day: NetworkDay) -> NetworkPlan:
    """A plan that starts from no earlier allotment."""
    market = market_of(day)
    return NetworkPlan(market, allot(market), ())


@dataclass
class SnapshotCache:
    """The newest snapshot, and the newest one that is `ready`: its whole window is allotted."""

    engine: Engine
    settings: Settings
    newest: NetworkSnapshot | None = None
    ready: NetworkSnapshot | None = None
    lock: RLock = field(default_factory=RLock)

    def snapshot(self, *, newest: bool, now: datetime) -> NetworkSnapshot:
        """The network as it is now if `newest`; otherwise as it was some moments ago, if such a snapshot is ready."""
        if not newest and self.ready is not None:
            return self.ready
        with self.lock:
            with reading(self.engine) as db:
                key = _key(db, now)
                if self.newest is None or self.newest.key != key:
                    self.newest = self._read(db, key, now)
            return self.newest

    def refresh(self, *, now: datetime) -> bool:
        """Make the present snapshot ready; False if it is ready already."""
        with reading(self.engine) as db:
            if self.ready is not None and self.ready.key == _key(db, now):
                return False
        snapshot = self.snapshot(newest=True, now=now)
        snapshot.allot_window()
        self.ready = snapshot
        return True

    def _read(self, db: Session, key: SnapshotKey, now: datetime) -> NetworkSnapshot:
        network = self._network(db, now)
        up, given = self._counted(db, key, now)
        zones = {venue.zone for venue in network.inventory.rules}
        return NetworkSnapshot(
            engine=self.engine,
            settings=self.settings,
            key=key,
            network=network.with_up_times(up),
            given=given,
            up_times=up,
            first=min((date_at(zone, to_ms(now)) for zone in zones), default=now.date()),
            earlier=self._earlier_days(),
        )

    def _counted(self, db: Session, key: SnapshotKey, now: datetime) -> tuple[Mapping[str, float], Mapping[str, int]]:
        """Up-times and plays so far: the same for all snapshots of some minutes, however often bookings change."""
        if self.newest is not None and self.newest.key.plays_counted == key.plays_counted:
            return self.newest.up_times, self.newest.given
        return up_times(db, now=now), plays_so_far(db, now=now)

    def _earlier_days(self) -> dict[date, CachedDay]:
        snapshots = [snapshot for snapshot in (self.ready, self.newest) if snapshot is not None]
        return {
            on: day for snapshot in snapshots for on, day in [*snapshot.earlier.items(), *list(snapshot.days.items())]
        }

    def _network(self, db: Session, now: datetime) -> Network:
        known = self.newest.network.inventory if self.newest is not None else None
        network = read_network(db, self.settings, since=now.date() - timedelta(days=1), known=known)
        drafts = [self._held_draft(db, hold.campaign_id, hold.placed_at) for hold in holds(db, now=now)]
        return replace(network, bookings=(*network.bookings, *(draft for draft in drafts if draft is not None)))

    def _held_draft(self, db: Session, campaign_id: str, placed_at: datetime) -> Booking | None:
        try:
            return booking_of_form(db, form_of(db, campaign_id), campaign_id, settings=self.settings, now=placed_at)
        except LengthUnknown:
            return None


def _key(db: Session, now: datetime) -> SnapshotKey:
    """Holds are part of the key because they lapse with time, without a new revision."""
    held = tuple(hold.id for hold in holds(db, now=now))
    return SnapshotKey(revision(db), held, int(now.timestamp()) // PLAYS_COUNTED_FOR_S)
