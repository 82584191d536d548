"""allot_network: what is booked on the network becomes what each screen's day is allotted.

Every day of the window is allotted from what its screens hold already, so that a change moves as little as may be;
screens that hold the same share one row. The venues whose screens changed are planned next. What is written of a day
is good by itself, and the plans it needs are queued with it: an allotment that breaks off leaves nothing half done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from server.allotment.bookings import apart_of, booked_campaigns, booking_of
from server.allotment.fulfilment import Met, met_of
from server.allotment.inventory import Premises, SoldScreen, read_premises
from server.allotment.plan_cache import (
    Asked,
    Differing,
    KnownDay,
    Remembered,
    changed_rows,
    plan_day,
    rows_by_screen,
    same_places,
)
from server.allotment.profiles import Multipliers, profile_of
from server.allotment.stored import drop_days, held_on, marks_of, write_day
from server.allotment.up_time import SURE, up_times_of
from server.creatives.items import items_for
from server.db import reading, to_ms, transaction
from server.planner.allocate.goals import day_plays
from server.planner.allocate.places import allotted_places, order_of
from server.planner.model.allotments import NOTHING, Row
from server.planner.model.days import date_at
from server.planner.model.network import NetworkDay, Profile
from server.planner.model.nights import minutes_of_week
from server.planner.model.problem import Booking
from server.screens.replan import queue_plans
from server.settings import Settings

logger = logging.getLogger(__name__)

KEPT_DAYS = 2
OF_FLIGHT = ("plays", "impressions")
# A venue is planned when the whole window is allotted; after so long in any case, should that break off.
PLANNED_WITHIN_S = 60
# Those of the first days do not wait for the others.
NEAR_DAYS, NEAR_WITHIN_S = 2, 1


@dataclass(frozen=True)
class Network:
    """Everything that decides who plays where, read in one look.

    up_times: thousandths of its plays that each booking's screens will really show; all, where it is not told
    """

    premises: Premises
    bookings: tuple[Booking, ...]
    up_times: Mapping[str, int] = field(default_factory=dict)

    def with_up_times(self, of_screens: Mapping[str, float]) -> Network:
        """Those of the bookings, from those of their screens; screens that are not told are always up."""
        if not of_screens:
            return self
        paced = [booking for booking in self.bookings if booking.goal_kind in OF_FLIGHT]
        milli = self.premises.milli_of(of_screens)
        return replace(self, up_times=up_times_of(paced, self.premises.screens_by_trait, milli))


def read_network(db: Session, settings: Settings, *, since: date, known: Premises | None = None) -> Network:
    """`known`: the premises as they were read last, which stay the same object if nothing of them changed."""
    campaigns = booked_campaigns(db, since=since)
    items = items_for(db, [pair for one in campaigns for pair in one.pairs])
    bookings = (booking_of(one, items, slot_ms=settings.slot_ms) for one in campaigns)
    premises = read_premises(db, settings, since=since, known=known)
    return Network(premises, tuple(booking for booking in bookings if booking is not None))


@dataclass(frozen=True)
class DayAllotted:
    """A day of the window, decided; `rows`: what screens are allotted that are allotted otherwise than before."""

    on: date
    network: Network
    known: KnownDay
    rows: Mapping[str, Row]
    progress: float

    @property
    def met(self) -> tuple[Met, ...]:
        return self.known.met

    @property
    def changed(self) -> list[SoldScreen]:
        return [one for one in self.network.premises.screens if one.id in self.rows]


def allot_network(
    engine: Engine,
    settings: Settings,
    *,
    played: Mapping[str, int],
    up_times: Mapping[str, float] | None = None,
    now: datetime,
    progress: Callable[[float], None] = lambda share: None,
    fence: Callable[[Session], None] = lambda db: None,
    told: Callable[[DayAllotted], None] = lambda day: None,
    only: date | None = None,
    remembered: Remembered | None = None,
) -> set[str]:
    """Allot every day of the window, and queue the plans of the venues whose screens changed; returns those venues.

    played: what each campaign was given of its flight's goal before today, in the goal's unit
    up_times: what part of its plan each screen will play, where that is not all
    fence: called in each transaction that writes; raises when this work is another's by now · only: write no other day
    remembered: what this worker keeps from one allotment to the next
    """
    remembered = Remembered() if remembered is None else remembered
    changed, days = set[str](), 0
    for day in allot_days(
        engine, settings, played=played, up_times=up_times, now=now, until=only, remembered=remembered
    ):
        if only in (None, day.on):
            delay_s = PLANNED_WITHIN_S if days >= NEAR_DAYS else NEAR_WITHIN_S
            mark = write_day(engine, day.on, day.rows, day.changed, fence=fence, now=now, delay_s=delay_s)
            remembered.keep(day.on, mark, day.known)
            changed |= {screen.venue_id for screen in day.changed}
        days += 1
        told(day)
        progress(day.progress)
    oldest = now.date() - timedelta(days=KEPT_DAYS)
    remembered.forget(before=oldest)
    with transaction(engine) as db:
        fence(db)
        drop_days(db, before=oldest)
        queue_plans(db, changed, now=now)
    logger.info("network allotted days=%d venues_changed=%d", days, len(changed))
    return changed


def allot_days(
    engine: Engine,
    settings: Settings,
    *,
    played: Mapping[str, int],
    up_times: Mapping[str, float] | None = None,
    now: datetime,
    until: date | None = None,
    remembered: Remembered | None = None,
) -> Iterator[DayAllotted]:
    """The days of the window in turn, up to this one, each decided as it is asked for; nothing is written."""
    remembered = Remembered() if remembered is None else remembered
    with reading(engine) as db:
        whole = read_network(db, settings, since=now.date() - timedelta(days=1), known=remembered.premises)
        marks = marks_of(db)
    remembered.premises = whole.premises
    whole, given = whole.with_up_times(up_times or {}), dict(played)
    days = [day for day in _dates(whole, settings, now) if until is None or day <= until]
    for n, on in enumerate(days):
        network = _still_open(whole, on, now)
        asked = ask_network(network, on, given, settings)
        day, rows = _decided(engine, on, network, asked, remembered.day(on, marks.get(on, "")))
        for one in day.met:
            counted_on = one.given * network.up_times.get(one.booking, SURE) // SURE
            given[one.booking] = given.get(one.booking, 0) + counted_on
        yield DayAllotted(on, network, day, rows, progress=(n + 1) / len(days))


def _decided(
    engine: Engine, on: date, network: Network, asked: Asked, known: KnownDay | None
) -> tuple[KnownDay, dict[str, Row]]:
    """The day's plan, and what it changes for screens."""
    if known is not None and same_places(asked, known):
        plan = plan_day(asked, known, dict)
        met = known.met if plan is known.plan else tuple(met_of(plan))
        return KnownDay(asked, plan, met, known.left), changed_rows(asked, plan, known)
    held = known.held() if known is not None else _held(engine, on)
    plan = plan_day(asked, None, lambda: held)
    now, differ = rows_by_screen(asked, allotted_places(plan)), Differing()
    screens = [one.id for one in network.premises.screens]
    pairs = ((id_, now.get(id_, NOTHING), held.get(id_, NOTHING)) for id_ in screens)
    rows = {id_: row for id_, row, before in pairs if differ(row, before)}
    left = {id_: held[id_] for id_ in held.keys() - set(screens)}
    return KnownDay(asked, plan, tuple(met_of(plan)), left), rows


def _held(engine: Engine, on: date) -> dict[str, Row]:
    with reading(engine) as db:
        return held_on(db, on)


def _still_open(network: Network, on: date, now: datetime) -> Network:
    """Without the venues where this date is over: what they played of it is counted already."""
    zones = {venue.zone for venue in network.premises.rules}
    over = {zone for zone in zones if date_at(zone, to_ms(now)) > on}
    if not over:
        return network
    gone = {id_ for id_, venue in network.premises.venues.items() if venue.zone in over}
    return replace(network, premises=network.premises.without(gone))


def ask_network(network: Network, on: date, given: Mapping[str, int], settings: Settings) -> Asked:
    """The day's question to the planner. A place that has no such date, or is not in use, is not asked."""
    running = [booking for booking in network.bookings if booking.starts_on <= on <= booking.last_on]
    categories = {booking.category for booking in running}
    counted = any(booking.goal_kind == "impressions" for booking in running)
    profiles: dict[Profile, int] = {}
    numbers: dict[tuple[int, Multipliers], int | None] = {}
    known: dict[tuple[int, Multipliers], int | None] = {}
    for kind, (venue, multipliers) in network.premises.kinds.items():
        key = id(venue), multipliers if counted else ()
        if key not in known:
            profile = profile_of(venue, on, settings.slot_ms, multipliers=key[1], categories=categories)
            known[key] = profiles.setdefault(profile, len(profiles)) if profile else None
        numbers[kind] = known[key]
    places, screens = network.premises.placed(numbers)
    orders = (order_of(booking, on, plays=_wanted(network, booking, on, given)) for booking in running)
    sold = tuple(order for order in orders if order)
    return Asked(NetworkDay(settings.slot_ms, sold, tuple(profiles), places, apart_of(settings)), screens)


def _dates(network: Network, settings: Settings, now: datetime) -> list[date]:
    """From the earliest today of any zone to the last day of the latest one's window."""
    todays = [date_at(zone, to_ms(now)) for zone in {venue.zone for venue in network.premises.rules}]
    if not todays:
        return []
    count = (max(todays) - min(todays)).days + settings.days_ahead + 1
    return [min(todays) + timedelta(days=n) for n in range(count)]


def _wanted(network: Network, booking: Booking, on: date, given: Mapping[str, int]) -> int:
    """What the day owes, and as many more as will fail."""
    return -(-_owed(booking, on, given) * SURE // network.up_times.get(booking.id, SURE))


def _owed(booking: Booking, on: date, given: Mapping[str, int]) -> int:
    """What the flight's goal, if it has one, owes this day."""
    if booking.goal_kind not in OF_FLIGHT:
        return 0
    first = max(on, booking.starts_on)
    return day_plays(int(booking.goal) - given.get(booking.id, 0), _weights(booking, first), booking.pace)


def _weights(booking: Booking, first: date) -> tuple[int, int, int, int]:
    """The minutes of the days from the first on, as `day_plays` weighs them: of the day, of the rest of the first half
    and of the second half, for which two of these stand as for two halves of days."""
    days = (booking.last_on - first).days + 1
    here, early = booking.minutes_on(first), _minutes_of_days(booking, first, max(1, days // 2))
    return here, early - here, _minutes_of_days(booking, first, days) - early, 0


def _minutes_of_days(booking: Booking, first: date, days: int) -> int:
    """Whole weeks are counted once; a flight's nights leave its first and its last date only a part of their hours."""
    week = minutes_of_week(booking.dayparts)
    whole = days // 7 * sum(week) + sum(week[(first.weekday() + n) % 7] for n in range(days % 7))
    edges = {on for on in (booking.starts_on, booking.last_on) if 0 <= (on - first).days < days}
    return whole - sum(week[on.weekday()] - booking.minutes_on(on) for on in edges)
