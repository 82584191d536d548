"""allot_network: what is booked on the network becomes what each screen's day is allotted.

Every day of the window is allotted from what its screens hold already, so that a change moves as little as may be;
screens that hold the same share one row. The venues whose screens changed are planned next. What is written of a day
is good by itself, and the plans it needs are queued with it: an allotment that breaks off leaves nothing half done.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, insert, select

from server.campaigns.reach import screens_in_use, traits_of
from server.creatives.items import items_for
from server.db import insert_once, new_id, reading, to_ms, transaction
from server.planner.days import date_at
from server.planner.goals import day_plays
from server.planner.network import NetworkDay, Place, Profile
from server.planner.places import NetworkPlan, allotted_places, order_of, plan_network
from server.planner.problem import Allotted, Booking, Why
from server.screens.models import Screen, Venue
from server.screens.replan import queue_plans
from server.screens.venues import venues_in_use
from server.settings import Settings
from server.timelines.allotted import encoded, held_on, in_parts
from server.timelines.bookings import apart_of, booked_campaigns, booking_of
from server.timelines.models import Allotment, AllottedDay
from server.timelines.profiles import Multipliers, multipliers_of, profile_of
from server.timelines.up_time import SURE, up_times_of

logger = logging.getLogger(__name__)

KEPT_DAYS = 2
OF_FLIGHT = ("plays", "impressions")
# A venue is planned when the whole window is allotted; after so long in any case, should that break off.
PLANNED_WITHIN_S = 60
# Hours that are sold to more than this have no room for one more.
FULL = 0.98


@dataclass(frozen=True)
class SoldPlace:
    """A screen, or a bank of them, as far as no day changes it; `traits` are what any of its screens is named by."""

    name: str
    venue: str
    screens: tuple[str, ...]
    traits: frozenset[str]
    multipliers: Multipliers


@dataclass(frozen=True)
class Network:
    """Everything that decides who plays where, read in one look.

    up_times: thousandths of its plays that each booking's screens will really show; all, where it is not told
    """

    venues: Mapping[str, Venue]
    screens: tuple[Screen, ...]
    bookings: tuple[Booking, ...]
    up_times: Mapping[str, int] = field(default_factory=dict)

    def with_up_times(self, of_screens: Mapping[str, float]) -> Network:
        """Those of the bookings, from those of their screens; screens that are not told are always up."""
        if not of_screens:
            return self
        paced = [booking for booking in self.bookings if booking.goal_kind in OF_FLIGHT]
        told = [(place.traits, of_screens.get(id_, 1.0)) for place in self.places for id_ in place.screens]
        return replace(self, up_times=up_times_of(paced, [traits for traits, _ in told], [up for _, up in told]))

    @cached_property
    def places(self) -> tuple[SoldPlace, ...]:
        return tuple(_place(name, members, self.venues) for name, members in _banks(self.screens).items())


def read_network(db: Session, settings: Settings, *, since: date) -> Network:
    campaigns = booked_campaigns(db, since=since)
    items = items_for(db, [pair for one in campaigns for pair in one.pairs])
    bookings = (booking_of(one, items, slot_ms=settings.slot_ms) for one in campaigns)
    venues = {venue.id: venue for venue in venues_in_use(db) if _readable(venue, since, settings)}
    return Network(
        venues=venues,
        screens=tuple(screen for screen in screens_in_use(db) if screen.venue_id in venues),
        bookings=tuple(booking for booking in bookings if booking is not None),
    )


@dataclass(frozen=True)
class Asked:
    """A day's question, and the screens of each of its places: those of a bank are one place."""

    day: NetworkDay
    screens: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Met:
    """What an order wants of a day and what it is given, in all, in the goal's unit; `why` it is less."""

    booking: str
    wanted: int
    given: int
    why: Why = ""


@dataclass(frozen=True)
class DayAllotted:
    """A day of the window, decided: what the screens in question held before, and what they are allotted now."""

    on: date
    network: Network
    held: Mapping[str, tuple[Allotted, ...]]
    rows: Mapping[str, tuple[Allotted, ...]]
    met: tuple[Met, ...]
    progress: float

    @property
    def changed(self) -> list[Screen]:
        return [one for one in self.network.screens if self.rows.get(one.id, ()) != self.held.get(one.id, ())]


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
) -> set[str]:
    """Allot every day of the window, and queue the plans of the venues whose screens changed; returns those venues.

    played: what each campaign was given of its flight's goal before today, in the goal's unit
    up_times: what part of its plan each screen will play, where that is not all
    fence: called in each transaction that writes; raises when this work is another's by now · only: write no other day
    """
    changed, days = set[str](), 0
    for day in allot_days(engine, settings, played=played, up_times=up_times, now=now, until=only):
        if only in (None, day.on):
            changed |= _write(engine, day, fence, now=now)
        days += 1
        told(day)
        progress(day.progress)
    with transaction(engine) as db:
        fence(db)
        _drop_days(db, before=now.date() - timedelta(days=KEPT_DAYS))
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
) -> Iterator[DayAllotted]:
    """The days of the window in turn, up to this one, each decided as it is asked for; nothing is written."""
    with reading(engine) as db:
        whole = read_network(db, settings, since=now.date() - timedelta(days=1))
    whole, given = whole.with_up_times(up_times or {}), dict(played)
    days = [day for day in _dates(whole, settings, now) if until is None or day <= until]
    for n, on in enumerate(days):
        network = _still_open(whole, on, now)
        asked = ask_network(network, on, given, settings)
        with reading(engine) as db:
            held = held_on(db, on)
        plan = plan_network(asked.day, {place: held.get(ids[0], ()) for place, ids in asked.screens.items()})
        rows = {id_: row for place, row in allotted_places(plan) for id_ in asked.screens[place]}
        met = tuple(_met(plan, rows))
        for one in met:
            counted_on = one.given * network.up_times.get(one.booking, SURE) // SURE
            given[one.booking] = given.get(one.booking, 0) + counted_on
        yield DayAllotted(on, network, held, rows, met, progress=(n + 1) / len(days))


def _still_open(network: Network, on: date, now: datetime) -> Network:
    """Without the venues where this date is over: what they played of it is counted already."""
    over = {id_ for id_, venue in network.venues.items() if date_at(venue.zone, to_ms(now)) > on}
    if not over:
        return network
    screens = tuple(screen for screen in network.screens if screen.venue_id not in over)
    return replace(network, screens=screens)


def _met(plan: NetworkPlan, rows: Mapping[str, tuple[Allotted, ...]]) -> Iterator[Met]:
    """For each order of the day. Screens that share a row are counted by it."""
    times = Counter(map(id, rows.values()))
    wanted: dict[str, int] = defaultdict(int)
    whys: dict[str, Counter[Why]] = defaultdict(Counter)
    for row in {id(row): row for row in rows.values()}.values():
        for one in row:
            wanted[one.booking] += one.wanted * times[id(row)]
            whys[one.booking][one.why] += times[id(row)] if one.why else 0
    for number, (order, met) in enumerate(zip(plan.market.day.orders, plan.allotment.met.tolist(), strict=True)):
        asked, given = wanted[order.booking] if order.plays is None else order.plays, met // 1000
        if given >= asked:
            yield Met(order.booking, asked, given)
            continue
        told = whys[order.booking].most_common(1)
        yield Met(order.booking, asked, given, told[0][0] if told and told[0][0] else _short_of(plan, number))


def _short_of(plan: NetworkPlan, number: int) -> Why:
    """Why an order of plays in all gets fewer: nowhere to play, hours that are full, or distances to others."""
    market, plays = plan.market, plan.allotment.plays
    cells = np.unique(market.edge_cell[market.edge_order == number])
    if not len(cells):
        return "closed"
    lengths = np.array([float(order.slots) for order in market.day.orders])
    used = np.bincount(market.edge_cell, plays * lengths[market.edge_order], minlength=len(market.cell_slots))
    room = market.cell_places * market.cell_slots
    return "overbooked" if used[cells].sum() > FULL * room[cells].sum() else "no_room"


def ask_network(network: Network, on: date, given: Mapping[str, int], settings: Settings) -> Asked:
    """The day's question to the planner. A place that has no such date, or is not in use, is not asked."""
    profiles: dict[Profile, int] = {}
    numbers: dict[tuple[str, Multipliers], int | None] = {}
    running = [booking for booking in network.bookings if booking.starts_on <= on <= booking.ends_on]
    categories = {booking.category for booking in running}
    counted = any(booking.goal_kind == "impressions" for booking in running)
    places, screens = [], {}
    for place in network.places:
        key = place.venue, place.multipliers if counted else ()
        if key not in numbers:
            venue, worth = network.venues[place.venue], key[1]
            profile = profile_of(venue, on, settings.slot_ms, multipliers=worth, categories=categories)
            numbers[key] = profiles.setdefault(profile, len(profiles)) if profile else None
        number = numbers[key]
        if number is not None:
            places.append(Place(place.name, number, place.traits, len(place.screens)))
            screens[place.name] = place.screens
    orders = (order_of(booking, on, plays=_wanted(network, booking, on, given)) for booking in network.bookings)
    sold = tuple(order for order in orders if order)
    day = NetworkDay(settings.slot_ms, sold, tuple(profiles), places, apart_of(settings))
    return Asked(day, screens)


def _dates(network: Network, settings: Settings, now: datetime) -> list[date]:
    """From the earliest today of any zone to the last day of the latest one's window."""
    todays = [date_at(zone, to_ms(now)) for zone in {venue.zone for venue in network.venues.values()}]
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
    weights = [_minutes(booking, first + timedelta(days=n)) for n in range((booking.ends_on - first).days + 1)]
    return day_plays(int(booking.goal) - given.get(booking.id, 0), weights, booking.pace)


def _minutes(booking: Booking, on: date) -> int:
    return sum(span.until_min - span.from_min for span in booking.dayparts if span.weekday == on.weekday())


def _readable(venue: Venue, on: date, settings: Settings) -> bool:
    """One whose zone or rules make no sense is left to its own plan, which tells why; all others go on."""
    try:
        profile_of(venue, on, settings.slot_ms)
    except (KeyError, TypeError, ValueError):
        logger.warning("venue left out of the allotment venue=%s", venue.id)
        return False
    return True


def _place(name: str, members: Sequence[Screen], venues: Mapping[str, Venue]) -> SoldPlace:
    venue = venues[members[0].venue_id]
    traits = frozenset().union(*(traits_of(one, venue.venue_type) for one in members))
    return SoldPlace(name, venue.id, tuple(one.id for one in members), traits, multipliers_of(members))


def _banks(screens: Iterable[Screen]) -> dict[str, list[Screen]]:
    """Screens that share one timeline, by the name of their place."""
    banks: dict[str, list[Screen]] = defaultdict(list)
    for screen in screens:
        banks[f"{screen.venue_id}/{screen.bank}" if screen.bank else screen.id].append(screen)
    return banks


def _write(engine: Engine, day: DayAllotted, fence: Callable[[Session], None], *, now: datetime) -> set[str]:
    """Rows of the screens that are allotted otherwise than before, some at a time; returns the venues they are in.

    The plans of these venues are queued with the rows, so that none is forgotten if this breaks off.
    """
    digests: dict[int, str] = {}
    contents: dict[str, str] = {}
    changed: dict[str, str] = {}
    screens = day.changed
    for screen in screens:
        row = day.rows.get(screen.id, ())
        if id(row) not in digests:
            text = encoded(row)
            digests[id(row)] = hashlib.sha256(text.encode()).hexdigest()
            contents[digests[id(row)]] = text
        changed[screen.id] = digests[id(row)] if row else ""
    venues = {screen.id: screen.venue_id for screen in screens}
    for part in in_parts(list(contents)):
        with transaction(engine) as db:
            fence(db)
            for digest in part:
                insert_once(db, Allotment(id=digest, bookings=json.loads(contents[digest]), created_at=now))
    for part in in_parts(list(changed)):
        on = day.on
        values = [{"id": new_id(), "screen_id": id_, "on": on, "digest": changed[id_]} for id_ in part if changed[id_]]
        with transaction(engine) as db:
            fence(db)
            db.exec(delete(AllottedDay).where(col(AllottedDay.on) == on, col(AllottedDay.screen_id).in_(part)))
            if values:
                db.connection().execute(insert(AllottedDay), values)
            queue_plans(db, {venues[id_] for id_ in part}, now=now, delay_s=PLANNED_WITHIN_S)
    return set(venues.values())


def _drop_days(db: Session, *, before: date) -> None:
    """Days that are over, and contents that no day shows any more."""
    db.exec(delete(AllottedDay).where(col(AllottedDay.on) < before))
    db.exec(delete(Allotment).where(col(Allotment.id).not_in(select(AllottedDay.digest))))
