"""Allot the booked campaigns to each screen's day (`allot_network`).

Each day of the window is allotted starting from the stored allotment, so that a change moves as few spots as possible.
Screens with equal allotments share one row. The venues whose screens changed are planned next. A written day is
consistent on its own, and the plans that follow from it are queued in the same transactions: an allotment that breaks
off leaves nothing half done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from media.integers import ceil_div
from server.allotment.bookings import apart_of, booked_campaigns, booking_of
from server.allotment.fulfilment import Fulfilment, fulfilments_of
from server.allotment.inventory import Inventory, SoldScreen, read_inventory
from server.allotment.plan_cache import (
    CachedDay,
    DayInput,
    PlanCache,
    RowComparison,
    changed_rows,
    plan_day,
    rows_by_screen,
    same_places,
)
from server.allotment.profiles import Multipliers, profile_of
from server.allotment.stored import allotted_on, drop_days, read_marks, write_day
from server.allotment.up_time import ALWAYS_UP, up_times_of
from server.creatives.items import items_for
from server.db import reading, to_ms, transaction
from server.planner.allocate.goals import day_plays
from server.planner.allocate.network_plan import allotted_places
from server.planner.allocate.orders import order_of
from server.planner.model.allotments import NOTHING, Row
from server.planner.model.days import date_at
from server.planner.model.network import NetworkDay, Profile
from server.planner.model.nights import minutes_of_week
from server.planner.model.problem import Booking
from server.screens.replan import queue_plans
from server.settings import Settings

logger = logging.getLogger(__name__)

PAST_DAYS_STORED = 2
FLIGHT_GOALS = ("plays", "impressions")
# Venues are planned when the whole window is allotted, or after this time if the allotment breaks off.
PLANNED_WITHIN_S = 60
# Venues that change on the first days are planned sooner.
NEAR_DAYS, NEAR_WITHIN_S = 2, 1


@dataclass(frozen=True)
class Network:
    """Everything that decides which campaign plays where, read in one transaction.

    up_times: thousandths of its plays that a booking's screens will really show; 1000 for a booking that is not listed
    """

    inventory: Inventory
    bookings: tuple[Booking, ...]
    up_times: Mapping[str, int] = field(default_factory=dict)

    def with_up_times(self, screen_up_times: Mapping[str, float]) -> Network:
        """The same network with the up-times of its bookings. A screen that is not listed is always up."""
        if not screen_up_times:
            return self
        paced = [booking for booking in self.bookings if booking.goal_kind in FLIGHT_GOALS]
        milli = self.inventory.milli_of(screen_up_times)
        return replace(self, up_times=up_times_of(paced, self.inventory.screens_by_trait, milli))


def read_network(db: Session, settings: Settings, *, since: date, known: Inventory | None = None) -> Network:
    """`known`: the inventory of the last read. It is returned again, as the same object, if nothing in it changed."""
    campaigns = booked_campaigns(db, since=since)
    items = items_for(db, [pair for booked in campaigns for pair in booked.pairs])
    bookings = (booking_of(booked, items, slot_ms=settings.slot_ms) for booked in campaigns)
    inventory = read_inventory(db, settings, since=since, known=known)
    return Network(inventory, tuple(booking for booking in bookings if booking is not None))


@dataclass(frozen=True)
class DayAllotted:
    """A planned day of the window; `rows`: the new allotment of each screen whose allotment changed."""

    on: date
    network: Network
    planned: CachedDay
    rows: Mapping[str, Row]
    progress: float

    @property
    def fulfilments(self) -> tuple[Fulfilment, ...]:
        return self.planned.fulfilments

    @property
    def changed(self) -> list[SoldScreen]:
        return [screen for screen in self.network.inventory.screens if screen.id in self.rows]


def allot_network(
    engine: Engine,
    settings: Settings,
    *,
    played: Mapping[str, int],
    up_times: Mapping[str, float] | None = None,
    now: datetime,
    progress: Callable[[float], None] = lambda share: None,
    fence: Callable[[Session], None] = lambda db: None,
    on_day: Callable[[DayAllotted], None] = lambda day: None,
    only: date | None = None,
    plan_cache: PlanCache | None = None,
) -> set[str]:
    """Allot every day of the window and queue the plans of the venues whose screens changed. Returns their ids.

    played: what each campaign was given of its flight's goal before today, in the goal's unit
    up_times: the part of its plan that each screen will play, of screens that play less than all of it
    fence: called in each transaction that writes; raises if another worker has taken this job over
    on_day: called after each day of the window · only: write this day alone
    plan_cache: the plans of this worker's last allotment
    """
    plan_cache = PlanCache() if plan_cache is None else plan_cache
    changed, days = set[str](), 0
    for day in allot_days(
        engine, settings, played=played, up_times=up_times, now=now, until=only, plan_cache=plan_cache
    ):
        if only in (None, day.on):
            delay_s = PLANNED_WITHIN_S if days >= NEAR_DAYS else NEAR_WITHIN_S
            mark = write_day(engine, day.on, day.rows, day.changed, fence=fence, now=now, delay_s=delay_s)
            plan_cache.store(day.on, mark, day.planned)
            changed |= {screen.venue_id for screen in day.changed}
        days += 1
        on_day(day)
        progress(day.progress)
    oldest = now.date() - timedelta(days=PAST_DAYS_STORED)
    plan_cache.drop(before=oldest)
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
    plan_cache: PlanCache | None = None,
) -> Iterator[DayAllotted]:
    """Plan the days of the window in turn, up to `until`. Lazy, and writes nothing."""
    plan_cache = PlanCache() if plan_cache is None else plan_cache
    with reading(engine) as db:
        whole = read_network(db, settings, since=now.date() - timedelta(days=1), known=plan_cache.inventory)
        marks = read_marks(db)
    plan_cache.inventory = whole.inventory
    whole, given = whole.with_up_times(up_times or {}), dict(played)
    days = [day for day in _dates(whole, settings, now) if until is None or day <= until]
    for n, on in enumerate(days):
        network = _without_venues_past(whole, on, now)
        day_input = day_input_of(network, on, given, settings)
        planned, rows = _plan(engine, on, network, day_input, plan_cache.day(on, marks.get(on, "")))
        # Plays of this day towards a flight's goal are not due on the days after it.
        for order in planned.fulfilments:
            shown = order.given * network.up_times.get(order.booking, ALWAYS_UP) // ALWAYS_UP
            given[order.booking] = given.get(order.booking, 0) + shown
        yield DayAllotted(on, network, planned, rows, progress=(n + 1) / len(days))


def _plan(
    engine: Engine, on: date, network: Network, day_input: DayInput, cached: CachedDay | None
) -> tuple[CachedDay, dict[str, Row]]:
    """The day's plan, and the rows of the screens that it changes."""
    if cached is not None and same_places(day_input, cached):
        plan = plan_day(day_input, cached, dict)
        fulfilments = cached.fulfilments if plan is cached.plan else tuple(fulfilments_of(plan))
        rows = changed_rows(day_input, plan, cached)
        return CachedDay(day_input, plan, fulfilments, cached.not_planned), rows
    before = cached.allotments() if cached is not None else _stored(engine, on)
    plan = plan_day(day_input, None, lambda: before)
    after, differ = rows_by_screen(day_input, allotted_places(plan)), RowComparison()
    screens = [screen.id for screen in network.inventory.screens]
    pairs = ((id_, after.get(id_, NOTHING), before.get(id_, NOTHING)) for id_ in screens)
    rows = {id_: new for id_, new, old in pairs if differ(new, old)}
    not_planned = {id_: before[id_] for id_ in before.keys() - set(screens)}
    return CachedDay(day_input, plan, tuple(fulfilments_of(plan)), not_planned), rows


def _stored(engine: Engine, on: date) -> dict[str, Row]:
    with reading(engine) as db:
        return allotted_on(db, on)


def _without_venues_past(network: Network, on: date, now: datetime) -> Network:
    """Without the venues where this date is over: their plays of it are counted already."""
    zones = {venue.zone for venue in network.inventory.rules}
    over = {zone for zone in zones if date_at(zone, to_ms(now)) > on}
    if not over:
        return network
    past = {id_ for id_, venue in network.inventory.venues.items() if venue.zone in over}
    return replace(network, inventory=network.inventory.without(past))


def day_input_of(network: Network, on: date, given: Mapping[str, int], settings: Settings) -> DayInput:
    """The planner's input of one day. Places without such a date, and places not in use, are left out.

    given: what each flight has had of its goal before this day, in the goal's unit
    """
    running = [booking for booking in network.bookings if booking.starts_on <= on <= booking.last_on]
    categories = {booking.category for booking in running}
    # Multipliers matter only where impressions are sold: without them more places share one profile.
    counted = any(booking.goal_kind == "impressions" for booking in running)
    profiles: dict[Profile, int] = {}
    numbers: dict[tuple[int, Multipliers], int | None] = {}
    known: dict[tuple[int, Multipliers], int | None] = {}
    for kind, (venue, multipliers) in network.inventory.kinds.items():
        key = id(venue), multipliers if counted else ()
        if key not in known:
            profile = profile_of(venue, on, settings.slot_ms, multipliers=key[1], categories=categories)
            known[key] = profiles.setdefault(profile, len(profiles)) if profile else None
        numbers[kind] = known[key]
    places, screens = network.inventory.placed(numbers)
    orders = (order_of(booking, on, plays=_plays_to_plan(network, booking, on, given)) for booking in running)
    sold = tuple(order for order in orders if order)
    return DayInput(NetworkDay(settings.slot_ms, sold, tuple(profiles), places, apart_of(settings)), screens)


def _dates(network: Network, settings: Settings, now: datetime) -> list[date]:
    """From the earliest zone's today to the last day of the latest zone's window."""
    todays = [date_at(zone, to_ms(now)) for zone in {venue.zone for venue in network.inventory.rules}]
    if not todays:
        return []
    count = (max(todays) - min(todays)).days + settings.days_ahead + 1
    return [min(todays) + timedelta(days=n) for n in range(count)]


def _plays_to_plan(network: Network, booking: Booking, on: date, given: Mapping[str, int]) -> int:
    """The plays due on the day, and as many more as are expected to fail."""
    return ceil_div(plays_due(booking, on, given) * ALWAYS_UP, network.up_times.get(booking.id, ALWAYS_UP))


def plays_due(booking: Booking, on: date, given: Mapping[str, int]) -> int:
    """The part of the flight's goal due on this day, in the goal's unit; 0 for a goal that is not the flight's."""
    if booking.goal_kind not in FLIGHT_GOALS:
        return 0
    first = max(on, booking.starts_on)
    return day_plays(int(booking.goal) - given.get(booking.id, 0), _weights(booking, first), booking.pace)


def _weights(booking: Booking, first: date) -> tuple[int, int, int, int]:
    """Minutes of the days from the first on, as `day_plays` weighs them: the day itself, the rest of the first half of
    the days, the second half, and 0. `day_plays` splits its weights into two halves, so these four give the same sums
    as one weight for each day."""
    days = (booking.last_on - first).days + 1
    here, early = booking.minutes_on(first), _minutes_of_days(booking, first, max(1, days // 2))
    return here, early - here, _minutes_of_days(booking, first, days) - early, 0


def _minutes_of_days(booking: Booking, first: date, days: int) -> int:
    """Minutes of so many days. Whole weeks are multiplied; the first and the last date of a flight by night have only
    a part of their hours."""
    week = minutes_of_week(booking.dayparts)
    whole = days // 7 * sum(week) + sum(week[(first.weekday() + n) % 7] for n in range(days % 7))
    edges = {on for on in (booking.starts_on, booking.last_on) if 0 <= (on - first).days < days}
    return whole - sum(week[on.weekday()] - booking.minutes_on(on) for on in edges)
