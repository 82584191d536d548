"""allot_network: what is booked on the network becomes what each screen's day is allotted.

Every day of the window is allotted from what its screens hold already, so that a change moves as little as may be;
screens that hold the same share one row. The venues whose screens changed are planned next.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, insert, select

from server.campaigns.reach import screens_in_use, traits_of
from server.creatives.items import items_for
from server.db import insert_once, new_id, reading, to_ms, transaction
from server.planner.days import date_at, local_day, ranges_within, weekly_spans
from server.planner.goals import day_plays
from server.planner.network import NetworkDay, Place, Profile
from server.planner.places import allotted_places, order_of, plan_network
from server.planner.problem import Allotted, Booking
from server.screens.models import Screen, Venue
from server.screens.replan import queue_plans
from server.screens.venues import venues_in_use
from server.settings import Settings
from server.timelines.allotted import encoded, held_on, in_parts
from server.timelines.bookings import booked_campaigns, booking_of
from server.timelines.models import Allotment, AllottedDay

logger = logging.getLogger(__name__)

KEPT_DAYS = 2


@dataclass(frozen=True)
class Network:
    """Everything that decides who plays where, read in one look."""

    venues: Mapping[str, Venue]
    screens: tuple[Screen, ...]
    bookings: tuple[Booking, ...]


def read_network(db: Session, settings: Settings, *, since: date) -> Network:
    campaigns = booked_campaigns(db, since=since)
    items = items_for(db, [pair for one in campaigns for pair in one.pairs])
    bookings = (booking_of(one, items, slot_ms=settings.slot_ms) for one in campaigns)
    venues = {venue.id: venue for venue in venues_in_use(db)}
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


def allot_network(
    engine: Engine,
    settings: Settings,
    *,
    played: Mapping[str, int],
    now: datetime,
    progress: Callable[[float], None] = lambda share: None,
) -> set[str]:
    """Allot every day of the window, and queue the plans of the venues whose screens changed; returns those venues.

    played: what each campaign was given of its flight's goal before today, in the goal's unit
    """
    with reading(engine) as db:
        network = read_network(db, settings, since=now.date() - timedelta(days=1))
    given, changed = dict(played), set[str]()
    days = _dates(network, settings, now)
    for n, on in enumerate(days):
        asked = ask_network(network, on, given, settings)
        with reading(engine) as db:
            held = held_on(db, on)
        plan = plan_network(asked.day, {place: held.get(ids[0], ()) for place, ids in asked.screens.items()})
        for order, met in zip(asked.day.orders, plan.allotment.met.tolist(), strict=True):
            given[order.booking] = given.get(order.booking, 0) + met // 1000
        rows = {id_: row for place, row in allotted_places(plan) for id_ in asked.screens[place]}
        changed |= _write(engine, network, on, held, rows, now=now)
        progress((n + 1) / len(days))
    with transaction(engine) as db:
        _drop_days(db, before=now.date() - timedelta(days=KEPT_DAYS))
        queue_plans(db, changed, now=now)
    logger.info("network allotted days=%d venues_changed=%d", len(days), len(changed))
    return changed


def ask_network(network: Network, on: date, given: Mapping[str, int], settings: Settings) -> Asked:
    """The day's question to the planner. A place that has no such date, or is not in use, is not asked."""
    profiles: dict[Profile, int] = {}
    places, screens = [], {}
    for key, members in _banks(network.screens).items():
        venue = network.venues[members[0].venue_id]
        profile = _profile(venue, on, settings.slot_ms)
        if profile is None:
            continue
        traits = frozenset().union(*(traits_of(one, venue.venue_type) for one in members))
        places.append(Place(key, profiles.setdefault(profile, len(profiles)), traits, len(members)))
        screens[key] = tuple(one.id for one in members)
    orders = (order_of(booking, on, plays=_owed(booking, on, given)) for booking in network.bookings)
    day = NetworkDay(settings.slot_ms, tuple(order for order in orders if order), tuple(profiles), places)
    return Asked(day, screens)


def _dates(network: Network, settings: Settings, now: datetime) -> list[date]:
    """From the earliest today of any zone to the last day of the latest one's window."""
    todays = [date_at(zone, to_ms(now)) for zone in {venue.zone for venue in network.venues.values()}]
    if not todays:
        return []
    count = (max(todays) - min(todays)).days + settings.days_ahead + 1
    return [min(todays) + timedelta(days=n) for n in range(count)]


def _owed(booking: Booking, on: date, given: Mapping[str, int]) -> int:
    """What the flight's goal, if it has one, owes this day."""
    if booking.goal_kind not in ("plays", "impressions"):
        return 0
    first = max(on, booking.starts_on)
    weights = [_minutes(booking, first + timedelta(days=n)) for n in range((booking.ends_on - first).days + 1)]
    return day_plays(int(booking.goal) - given.get(booking.id, 0), weights, booking.pace)


def _minutes(booking: Booking, on: date) -> int:
    return sum(span.until_min - span.from_min for span in booking.dayparts if span.weekday == on.weekday())


def _profile(venue: Venue, on: date, slot_ms: int) -> Profile | None:
    day = local_day(venue.zone, on)
    if day is None:
        return None
    opened = ranges_within(day, weekly_spans(venue.hours), slot_ms)
    return Profile(day, opened, reserved=Fraction(venue.reserved_percent, 100))


def _banks(screens: Iterable[Screen]) -> dict[str, list[Screen]]:
    """Screens that share one timeline, by the name of their place."""
    banks: dict[str, list[Screen]] = defaultdict(list)
    for screen in screens:
        banks[f"{screen.venue_id}/{screen.bank}" if screen.bank else screen.id].append(screen)
    return banks


def _write(
    engine: Engine,
    network: Network,
    on: date,
    held: Mapping[str, tuple[Allotted, ...]],
    rows: Mapping[str, tuple[Allotted, ...]],
    *,
    now: datetime,
) -> set[str]:
    """Rows of the screens that are allotted otherwise than before, some at a time; returns the venues they are in."""
    digests: dict[int, str] = {}
    contents: dict[str, str] = {}
    changed: dict[str, str] = {}
    for screen in network.screens:
        row = rows.get(screen.id, ())
        if row == held.get(screen.id, ()):
            continue
        if id(row) not in digests:
            text = encoded(row)
            digests[id(row)] = hashlib.sha256(text.encode()).hexdigest()
            contents[digests[id(row)]] = text
        changed[screen.id] = digests[id(row)] if row else ""
    for part in in_parts(list(contents)):
        with transaction(engine) as db:
            for digest in part:
                insert_once(db, Allotment(id=digest, bookings=json.loads(contents[digest]), created_at=now))
    for part in in_parts(list(changed)):
        values = [{"id": new_id(), "screen_id": id_, "on": on, "digest": changed[id_]} for id_ in part if changed[id_]]
        with transaction(engine) as db:
            db.exec(delete(AllottedDay).where(col(AllottedDay.on) == on, col(AllottedDay.screen_id).in_(part)))
            if values:
                db.connection().execute(insert(AllottedDay), values)
    return {screen.venue_id for screen in network.screens if screen.id in changed}


def _drop_days(db: Session, *, before: date) -> None:
    """Days that are over, and contents that no day shows any more."""
    db.exec(delete(AllottedDay).where(col(AllottedDay.on) < before))
    db.exec(delete(Allotment).where(col(Allotment.id).not_in(select(AllottedDay.digest))))
