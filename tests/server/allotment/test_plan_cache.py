"""The cached plan of a day equals its rows, and is used only while they are the ones that this worker wrote."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import col, select, update

from server.allotment import allot as allotting
from server.allotment import plan_cache
from server.allotment.allot import DayAllotted, allot_network, read_network
from server.allotment.models import Allotment, AllottedDay, AllottedMark
from server.allotment.plan_cache import PlanCache
from server.allotment.stored import allotted_on, read_marks
from server.campaigns.book import end_campaign
from server.campaigns.models import Campaign
from server.db import reading, transaction
from server.planner.allocate.goals import day_plays
from server.planner.model.days import ALWAYS, WeeklySpan
from server.planner.model.problem import Booking, Pace, PlanCreative
from server.screens.models import Screen, Venue
from tests.server.timelines.world import NOON, World, add_screen, add_venue

TODAY = date(2026, 3, 2)
Fulfilments = list[tuple[date, Any]]


def allot(world: World, memory: PlanCache | None = None, *, now: datetime = NOON, **more: Any) -> Fulfilments:
    """The fulfilments of each day."""
    found: Fulfilments = []
    on_day: Callable[[DayAllotted], None] = lambda day: found.append((day.on, day.fulfilments))  # noqa: E731
    allot_network(world.engine, world.settings, played={}, now=now, on_day=on_day, plan_cache=memory, **more)
    return found


def rows(world: World) -> dict[tuple[str, date], list[Any]]:
    with reading(world.engine) as db:
        found = select(AllottedDay, Allotment).join(Allotment, col(Allotment.id) == col(AllottedDay.digest))
        return {(day.screen_id, day.on): content.columns for day, content in db.exec(found)}


def reads(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days whose stored allotment is read."""
    found: list[date] = []

    def read(db: Any, on: date, *more: Any) -> Any:
        found.append(on)
        return allotted_on(db, on, *more)

    monkeypatch.setattr(allotting, "allotted_on", read)
    return found


def plans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each day that is planned."""
    found: list[int] = []
    real = plan_cache.plan_network

    def plan(*args: Any) -> Any:
        found.append(1)
        return real(*args)

    monkeypatch.setattr(plan_cache, "plan_network", plan)
    return found


@pytest.fixture
def memory() -> PlanCache:
    return PlanCache()


def test_a_cached_day_is_neither_read_nor_planned_again(
    world: World, memory: PlanCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.book()
    allot(world, memory)
    before, read, planned = rows(world), reads(monkeypatch), plans(monkeypatch)
    allot(world, memory)
    assert (read, planned, rows(world)) == ([], [], before)
    world.book(starts_on=TODAY + timedelta(days=3), ends_on=TODAY + timedelta(days=3), goal=5)
    allot(world, memory)
    assert (read, len(planned)) == ([], 1)


def test_a_day_of_another_worker_is_read(world: World, memory: PlanCache, monkeypatch: pytest.MonkeyPatch) -> None:
    world.book()
    allot(world, memory)
    day = {"starts_on": TODAY + timedelta(days=1), "ends_on": TODAY + timedelta(days=1)}
    world.book(goal=5, **day)
    allot(world)
    read = reads(monkeypatch)
    world.book(goal=7, **day)
    allot(world, memory)
    assert read == [TODAY + timedelta(days=1)]
    after = rows(world)
    allot(world)
    assert rows(world) == after


def test_a_day_whose_rows_were_half_written_is_read(
    world: World, memory: PlanCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(world.engine) as db:
        for _ in range(3):
            add_screen(db, world.venue)
    world.book()
    allot(world, memory)
    world.book(goal=9, starts_on=TODAY, ends_on=TODAY)

    class Overtaken(Exception):
        pass

    calls = iter(range(100))

    def fence(_db: Any) -> None:
        if next(calls) == 2:  # the contents, two screens, and then the job is another's
            raise Overtaken

    monkeypatch.setattr("server.allotment.stored.DAYS_AT_ONCE", 2)
    with pytest.raises(Overtaken):
        allot(world, memory, fence=fence)
    read = reads(monkeypatch)
    allot(world, memory)
    assert read == [TODAY]
    fresh = rows(world)
    allot(world)
    assert rows(world) == fresh


def test_a_share_that_wants_more_is_written_although_no_spot_moves(world: World, memory: PlanCache) -> None:
    full, more = world.book(goal=80), world.book(goal=60)
    allot(world, memory)
    before = rows(world)[world.screen.id, TODAY]
    with transaction(world.engine) as db:
        db.exec(update(Campaign).where(col(Campaign.id) == more.id).values(goal=75))
    allot(world, memory)
    after = rows(world)[world.screen.id, TODAY]
    (campaigns, wanted, *_), parts = after, after[3:]
    assert campaigns == sorted([full.id, more.id])
    assert parts == before[3:]
    assert wanted != before[1]


def test_the_inventory_stays_the_same_object_while_nothing_in_it_changes(world: World) -> None:
    def read(known: Any = None) -> Any:
        with reading(world.engine) as db:
            return read_network(db, world.settings, since=TODAY, known=known).inventory

    before = read()
    with transaction(world.engine) as db:
        db.exec(update(Venue).values(name="Another name", plan_trouble="nobody minds"))
    assert read(before) is before
    with transaction(world.engine) as db:
        db.exec(update(Screen).values(tags=["lobby"]))
    assert read(before) is not before


def test_a_day_that_is_over_is_dropped_from_the_cache(world: World, memory: PlanCache) -> None:
    world.book()
    allot(world, memory)
    assert min(memory.days) == TODAY
    allot(world, memory, now=NOON + timedelta(days=5))
    assert min(memory.days) == TODAY + timedelta(days=5 - allotting.PAST_DAYS_STORED)


# --- the same rows with and without a cache


# The cache knows no database: PostgreSQL has to store the same rows once.
@pytest.mark.parametrize(
    ("database_url", "seed"), [*(("sqlite", seed) for seed in range(6)), ("postgresql", 0)], indirect=["database_url"]
)
def test_a_worker_with_a_cache_writes_the_rows_of_a_worker_without_one(world: World, seed: int) -> None:
    """After each change one worker plans from its cache; then, from the same rows, a worker with an empty cache."""
    chance, memory, now = random.Random(seed), PlanCache(), NOON
    _grow(world)
    small = replace(world, settings=world.settings.model_copy(update={"slot_ms": 60_000, "days_ahead": 4}))
    campaigns: list[str] = []
    for turn in range(6):
        for _ in range(chance.randrange(1, 3)):
            _change(small, chance, campaigns, now)
        up = {id_: chance.choice([0.5, 0.8, 1.0]) for id_ in _screens(small)} if turn % 2 else {}
        before = _snapshot(small)
        fulfilments = allot(small, memory, now=now, up_times=up)
        given, marks = rows(small), _marks(small)
        _restore(small, before)
        assert allot(small, now=now, up_times=up) == fulfilments
        assert rows(small) == given
        _mark_as_before(small, marks)
        now += timedelta(hours=chance.choice([0, 1, 9]))


def _grow(world: World) -> None:
    """A bank, screens with tags, two zones."""
    with transaction(world.engine) as db:
        far = add_venue(
            db, zone="Asia/Shanghai", reserved_percent=0, hours={str(day): [[420, 1320]] for day in range(7)}
        )
        for n in range(3):
            add_screen(db, world.venue, tags=["left"] if n else [], bank="lifts" if n < 2 else None)
            add_screen(db, far, tags=["left"])


def _screens(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.exec(select(Screen.id).where(col(Screen.retired_at).is_(None)).order_by(col(Screen.id))))


def _change(world: World, chance: random.Random, campaigns: list[str], now: datetime) -> None:
    """A booking, mostly; or one that ends, a share that changes, a screen or a venue that does."""
    kind = chance.choice(["book", "book", "book", "end", "share", "screen", "tag", "hours", "bank"])
    if kind == "end" and campaigns:
        with transaction(world.engine) as db:
            end_campaign(db, campaigns.pop(chance.randrange(len(campaigns))), by=None, now=now)
    elif kind == "share" and campaigns:
        with transaction(world.engine) as db:
            db.exec(update(Campaign).where(col(Campaign.goal_kind) == "share").values(goal=chance.choice([10, 60, 95])))
    elif kind == "screen":
        with transaction(world.engine) as db:
            add_screen(db, world.venue, tags=["left"] * chance.randrange(2))
    elif kind in ("tag", "bank"):
        value = {"tags": chance.choice([[], ["left"]])} if kind == "tag" else {"bank": chance.choice([None, "lifts"])}
        with transaction(world.engine) as db:
            db.exec(update(Screen).where(col(Screen.id) == chance.choice(_screens(world))).values(**value))
    elif kind == "hours":
        with transaction(world.engine) as db:
            hours = {str(day): [[60 * chance.randrange(0, 12), 1320]] for day in range(7)}
            db.exec(update(Venue).where(col(Venue.id) == world.venue.id).values(hours=hours))
    else:
        campaigns.append(_book(world, chance, now))


def _book(world: World, chance: random.Random, now: datetime) -> str:
    goal = chance.choice(
        [("share", 25.0), ("share", 80.0), ("plays", 2000.0), ("plays_per_day", 90.0), ("impressions", 900.0)]
    )
    first = now.date() + timedelta(days=chance.randrange(0, 3))
    where = chance.choice(
        [{"kind": "all"}, {"kind": "tag", "value": "left"}, {"kind": "venue", "value": world.venue.id}]
    )
    flight = {"starts_on": first, "ends_on": first + timedelta(days=chance.randrange(0, 5)), "targets": (where,)}
    hours = [{"weekday": day, "from_min": 480, "until_min": 900} for day in range(7)]
    parts = {"dayparts": hours} if chance.random() < 0.4 else {}
    return world.book(goal_kind=goal[0], goal=goal[1], now=now, length_ms=60_000, **flight, **parts).id


def _snapshot(world: World) -> list[Any]:
    with reading(world.engine) as db:
        contents = [row.model_dump() for row in db.exec(select(Allotment))]
        return [contents, [row.model_dump() for row in db.exec(select(AllottedDay))]]


def _restore(world: World, snapshot: list[Any]) -> None:
    with transaction(world.engine) as db:
        for table in (AllottedDay, Allotment):
            for row in db.exec(select(table)):
                db.delete(row)
            db.flush()
        db.add_all(Allotment(**row) for row in snapshot[0])
        db.flush()
        db.add_all(AllottedDay(**row) for row in snapshot[1])


def _marks(world: World) -> dict[date, str]:
    with reading(world.engine) as db:
        return read_marks(db)


def _mark_as_before(world: World, marks: dict[date, str]) -> None:
    """The rows are those that the first of the two wrote."""
    with transaction(world.engine) as db:
        for on, mark in marks.items():
            db.exec(update(AllottedMark).where(col(AllottedMark.id) == on.isoformat()).values(mark=mark))


# --- what is due on a day


@pytest.mark.parametrize("pace", ["even", "ahead", "asap"])
@pytest.mark.parametrize("days", [1, 2, 3, 8, 30])
@pytest.mark.parametrize("first", [TODAY + timedelta(days=n) for n in range(7)])
def test_a_flight_is_weighed_by_its_weekdays_as_day_by_day(first: date, days: int, pace: Pace) -> None:
    for dayparts in (ALWAYS, (WeeklySpan(0, 60, 600), WeeklySpan(4, 0, 90), WeeklySpan(4, 100, 190))):
        booking = Booking(
            id="one",
            advertiser="one",
            creatives=(PlanCreative("one", 1, 1),),
            goal_kind="plays",
            goal=Fraction(1003),
            starts_on=first,
            ends_on=first + timedelta(days=days - 1),
            dayparts=dayparts,
            pace=pace,
        )
        each = [
            sum(
                part.until_min - part.from_min
                for part in dayparts
                if part.weekday == (first + timedelta(days=n)).weekday()
            )
            for n in range(days)
        ]
        assert allotting.plays_due(booking, first, {}) == day_plays(1003, each, pace)
