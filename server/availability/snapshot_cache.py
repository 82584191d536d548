"""What the desk remembers: each day of the network as it is allotted, with what is held counted as booked.

Days of the window are allotted in turn, from what the screens hold, as the worker does it. A day beyond it is answered
from the first such day of its weekday on which the same bookings run and the same venues are free of advertisements:
for it, goals of a flight are taken to be met evenly from the window's end to theirs. So what begins, ends or is sold
far ahead counts, and a flight of a year asks for few days.

A day of which nothing changed keeps its answer; one that did is planned from it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from threading import RLock

from sqlalchemy import Engine
from sqlmodel import Session

from server.allotment.allot import OF_FLIGHT, Network, ask_network, read_network
from server.allotment.plan_cache import Asked, KnownDay, plan_day
from server.allotment.stored import held_on
from server.allotment.up_time import SURE, up_times_of
from server.availability.question import LengthUnknown, booking_of_form
from server.campaigns.book import form_of
from server.campaigns.holds import holds
from server.db import reading, to_ms
from server.planner.allocate.allot import allot
from server.planner.allocate.places import NetworkPlan
from server.planner.model.allotments import Row
from server.planner.model.compiled import Longs
from server.planner.model.days import LocalDay, date_at
from server.planner.model.network import NetworkDay, market_of
from server.planner.model.problem import Booking
from server.plays.played import plays_so_far
from server.plays.up_time import up_times
from server.screens.replan import revision
from server.settings import Settings

logger = logging.getLogger(__name__)

# What was played changes what is owed, without a booking.
PLAYED_AGAIN_S = 600
DAY, NEVER = timedelta(days=1), date(9999, 12, 30)
# A far day is answered from one of the window that sells up to so small a part more: what is free is then so, at least.
HARDLY = 200
LONG_AGO = LocalDay(date.min, 0, 0, ())

Key = tuple[int, tuple[str, ...], int]


@dataclass
class Snapshot:
    """The network at one revision. Days are allotted when they are first asked for, or by `warm`."""

    engine: Engine
    settings: Settings
    key: Key
    network: Network
    given: Mapping[str, int]
    up_times: Mapping[str, float]
    first: date
    remembered: Mapping[date, KnownDay] = field(default_factory=dict)
    days: dict[date, KnownDay] = field(default_factory=dict)
    far: dict[tuple[object, ...], NetworkPlan] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    @property
    def revision(self) -> int:
        return self.key[0]

    @property
    def last(self) -> date:
        """The window's last day."""
        return self.first + timedelta(days=self.settings.days_ahead)

    @cached_property
    def changes(self) -> frozenset[date]:
        """Days beyond the window on which other bookings run, or other venues are free of advertisements."""
        begun = {one.starts_on for one in self.network.bookings}
        ended = {min(one.last_on, NEVER) + DAY for one in self.network.bookings}
        free = {date.fromisoformat(on) for venue in self.network.premises.rules for on in venue.advert_free_days}
        return frozenset(on for on in begun | ended | free | {min(on, NEVER) + DAY for on in free} if on > self.last)

    @cached_property
    def milli(self) -> Longs:
        return self.network.premises.milli_of(self.up_times)

    def up_time_of(self, booking: Booking) -> int:
        """Thousandths of its plays that the screens which it reaches will show."""
        if booking.goal_kind not in OF_FLIGHT or not self.up_times:
            return SURE
        return up_times_of([booking], self.network.premises.screens_by_trait, self.milli)[booking.id]

    def plan_on(self, on: date) -> NetworkPlan:
        with self.lock:
            if on <= self.last:
                self._grow(on)
                return self.days[max(on, self.first)].plan
            self._grow(self.last)
            key = self._like(on)
            if key not in self.far:
                asked = ask_network(self.network, on, self._given_by(on), self.settings)
                self.far[key] = self._as_in_window(key, asked) or _allotted(asked.day)
            return self.far[key]

    def _as_in_window(self, key: tuple[object, ...], asked: Asked) -> NetworkPlan | None:
        """The plan of the window's last day that is like a far one, if it was asked the same or a little more."""
        for on, known in reversed(self.days.items()):
            if self._like(on) == key:
                return known.plan if _as_much(known.asked.day, asked.day) else None
        return None

    def warm(self) -> None:
        """The whole window, a day at a time, so that whoever asks meanwhile need not wait for all of it."""
        for n in range(self.settings.days_ahead + 1):
            self.plan_on(self.first + timedelta(days=n))
        self.remembered = {}

    def _grow(self, until: date) -> None:
        """What a day owes depends on what the days before it give."""
        while len(self.days) <= (until - self.first).days:
            on = self.first + timedelta(days=len(self.days))
            given = {id_: self.given.get(id_, 0) + self.owed.get(id_, 0) for id_ in {*self.given, *self.owed}}
            self.days[on] = self._planned(on, given)
            plan = self.days[on].plan
            for order, met in zip(plan.market.day.orders, plan.allotment.met.tolist(), strict=True):
                shown = met // 1000 * self.network.up_times.get(order.booking, SURE) // SURE
                self.owed[order.booking] = self.owed.get(order.booking, 0) + shown

    def _planned(self, on: date, given: Mapping[str, int]) -> KnownDay:
        asked = ask_network(self.network, on, given, self.settings)
        return KnownDay(asked, plan_day(asked, self.remembered.get(on), lambda: self._held(on)))

    def _held(self, on: date) -> dict[str, Row]:
        with reading(self.engine) as db:
            return held_on(db, on)

    def _like(self, on: date) -> tuple[object, ...]:
        running = frozenset(one.id for one in self.network.bookings if one.starts_on <= on <= one.last_on)
        free = frozenset(id(one) for one in self.network.premises.rules if on.isoformat() in one.advert_free_days)
        nights = frozenset(one.id for one in self.network.bookings if one.has_part_of(on))
        return on.weekday(), running, nights, free

    def _given_by(self, on: date) -> dict[str, int]:
        """What flights will have been given of their goals, if what the window leaves is met evenly."""
        given: dict[str, int] = {}
        for one in self.network.bookings:
            so_far = self.given.get(one.id, 0) + self.owed.get(one.id, 0)
            first = max(one.starts_on, self.last + timedelta(days=1))
            days, gone = (one.last_on - first).days + 1, (on - first).days
            left = max(0, int(one.goal) - so_far)
            given[one.id] = so_far + (left * gone // days if 0 < gone < days else 0)
        return given


def _as_much(day: NetworkDay, far: NetworkDay) -> bool:
    """Does a day sell what the far one does, and of plays in all as many or hardly more?"""
    if day.places is not far.places or len(day.orders) != len(far.orders):
        return False
    hours = [[replace(one, day=LONG_AGO) for one in asked.profiles] for asked in (day, far)]
    lengths = [[one.day.ends_ms - one.day.starts_ms for one in asked.profiles] for asked in (day, far)]
    if hours[0] != hours[1] or lengths[0] != lengths[1]:
        return False
    plays = [[order.plays or 0 for order in asked.orders] for asked in (day, far)]
    more = [mine - theirs for mine, theirs in zip(*plays, strict=True)]
    orders = [[replace(order, plays=order.plays and 1) for order in asked.orders] for asked in (day, far)]
    return orders[0] == orders[1] and min(more, default=0) >= 0 and sum(more) * HARDLY <= sum(plays[1])


def _allotted(question: NetworkDay) -> NetworkPlan:
    """Where nobody holds anything yet."""
    market = market_of(question)
    return NetworkPlan(market, allot(market), ())


@dataclass
class SnapshotCache:
    """The newest snapshot, and the newest one whose window is allotted already."""

    engine: Engine
    settings: Settings
    newest: Snapshot | None = None
    warm: Snapshot | None = None
    lock: RLock = field(default_factory=RLock)

    def snapshot(self, *, newest: bool, now: datetime) -> Snapshot:
        """As everything is at this moment, or as it was a moment ago if that is quicker to tell."""
        if not newest and self.warm is not None:
            return self.warm
        with self.lock:
            with reading(self.engine) as db:
                key = _key(db, now)
                if self.newest is None or self.newest.key != key:
                    self.newest = self._look(db, key, now)
            return self.newest

    def keep_warm(self, *, now: datetime) -> bool:
        """Follow what changed; whether there was anything to do."""
        with reading(self.engine) as db:
            if self.warm is not None and self.warm.key == _key(db, now):
                return False
        snapshot = self.snapshot(newest=True, now=now)
        snapshot.warm()
        self.warm = snapshot
        return True

    def _look(self, db: Session, key: Key, now: datetime) -> Snapshot:
        network = self._network(db, now)
        up, given = self._counted(db, key, now)
        zones = {venue.zone for venue in network.premises.rules}
        return Snapshot(
            engine=self.engine,
            settings=self.settings,
            key=key,
            network=network.with_up_times(up),
            given=given,
            up_times=up,
            first=min((date_at(zone, to_ms(now)) for zone in zones), default=now.date()),
            remembered=self._remembered(),
        )

    def _counted(self, db: Session, key: Key, now: datetime) -> tuple[Mapping[str, float], Mapping[str, int]]:
        """What was played: the same for all snapshots of some minutes, however often bookings change."""
        if self.newest is not None and self.newest.key[2] == key[2]:
            return self.newest.up_times, self.newest.given
        return up_times(db, now=now), plays_so_far(db, now=now)

    def _remembered(self) -> dict[date, KnownDay]:
        snapshots = [snapshot for snapshot in (self.warm, self.newest) if snapshot is not None]
        return {
            on: day
            for snapshot in snapshots
            for on, day in [*snapshot.remembered.items(), *list(snapshot.days.items())]
        }

    def _network(self, db: Session, now: datetime) -> Network:
        known = self.newest.network.premises if self.newest is not None else None
        network = read_network(db, self.settings, since=now.date() - timedelta(days=1), known=known)
        held = [self._held(db, hold.campaign_id, hold.placed_at) for hold in holds(db, now=now)]
        return replace(network, bookings=(*network.bookings, *(one for one in held if one is not None)))

    def _held(self, db: Session, campaign_id: str, placed_at: datetime) -> Booking | None:
        try:
            return booking_of_form(db, form_of(db, campaign_id), campaign_id, settings=self.settings, now=placed_at)
        except LengthUnknown:
            return None


def _key(db: Session, now: datetime) -> Key:
    """What is held lapses by itself, so no revision tells it."""
    return revision(db), tuple(hold.id for hold in holds(db, now=now)), int(now.timestamp()) // PLAYED_AGAIN_S
