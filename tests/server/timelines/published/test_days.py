from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import col, select

from server.db import from_ms, reading, to_ms, transaction
from server.timelines.models import PublishedDay
from server.timelines.published.days import (
    DAYS_KEPT,
    PlannedSpots,
    drop_old_days,
    named_by_days,
    planned_spots,
    record_days,
    superseded_days,
)
from server.timelines.retention import drop_old_versions
from tests.server.timelines.world import NOON, World, add_player, later, spots

DAY = timedelta(days=1)


def rows(world: World, on: datetime | None = None) -> list[PublishedDay]:
    """By their versions; of one day, or of all."""
    query = select(PublishedDay).order_by(col(PublishedDay.starts_ms), col(PublishedDay.version))
    if on is not None:
        query = query.where(PublishedDay.starts_ms <= to_ms(on), PublishedDay.ends_ms > to_ms(on))
    with reading(world.engine) as db:
        return list(db.exec(query))


def planned_at(world: World, at: datetime) -> PlannedSpots:
    with reading(world.engine) as db:
        return planned_spots(db, world.store, {world.screen.id: (to_ms(at), to_ms(at + DAY))})


def day(version: int, starts_ms: int = 0) -> PublishedDay:
    return PublishedDay(screen_id="s", starts_ms=starts_ms, version=version, ends_ms=0, slot_ms=5000, digest="d")


def test_every_spot_of_every_version_is_known_and_nothing_else(world: World) -> None:
    world.book(goal=30.0)
    world.publish()
    first = [spot for spot in spots(world.timeline(), to_ms(NOON), to_ms(later(hours=2))) if spot.kind == "spot"]
    world.book(goal=60.0)
    world.publish(later(minutes=20))
    second = [spot for spot in spots(world.timeline(), to_ms(NOON), to_ms(later(hours=2))) if spot.kind == "spot"]
    planned = planned_at(world, NOON)
    assert first
    assert {spot.item for spot in first} < {spot.item for spot in second}
    for version, shown in enumerate((first, second), 1):
        for spot in shown:
            assert spot.item is not None
            assert planned.end_ms(world.screen.id, spot.item, spot.starts_ms, version=version) == spot.ends_ms
            assert planned.end_ms(world.screen.id, spot.item, spot.starts_ms + 1, version=version) is None
            assert planned.end_ms("another screen", spot.item, spot.starts_ms, version=version) is None
    assert planned.end_ms(world.screen.id, world.house[0], to_ms(NOON), version=1) is None


def test_a_day_that_stays_as_it_was_has_one_row(world: World) -> None:
    world.book()
    world.publish()
    count = len(rows(world))
    world.publish(later(days=1))  # one day more at the end
    assert count < len(rows(world)) <= count + 2
    assert len(rows(world, later(days=3))) == 1


def test_a_day_that_becomes_longer_and_then_as_it_was_has_a_row_for_each(world: World) -> None:
    """As when a venue's zone is changed, and changed back: else the last row would be that of the longer day."""
    world.publish()
    manifest = world.timeline().manifest
    longer = tuple(day.model_copy(update={"ends_ms": day.ends_ms + 3_600_000}) for day in manifest.days)
    with transaction(world.engine) as db:
        for version, days in ((2, longer), (3, manifest.days)):
            record_days(db, manifest.model_copy(update={"version": version, "days": days}), now=NOON)
    assert [row.version for row in rows(world, NOON)] == [1, 2, 3]


def test_future_days_that_no_box_can_hold_are_deleted_and_days_that_began_are_not(world: World) -> None:
    for minutes in range(4):
        world.book(goal=10.0)
        world.publish(later(minutes=minutes))
    assert len(rows(world, NOON)) == len(rows(world, later(days=4))) == 4
    with transaction(world.engine) as db:
        add_player(db, world.screen, held_version=2)
        drop_old_versions(db, now=later(days=3))
    world.book(goal=10.0)
    world.publish(later(days=3))
    assert [row.version for row in rows(world, later(days=4))] == [2, 4, 5]
    assert len(rows(world, NOON)) == 4


def test_a_version_that_a_box_may_have_fetched_before_it_went_offline_is_kept(world: World) -> None:
    for minutes in range(3):
        world.book(goal=10.0)
        world.publish(later(minutes=minutes))
    with transaction(world.engine) as db:
        add_player(db, world.screen, held_version=1, seen_at=later(minutes=1))
        assert drop_old_versions(db, now=later(days=20)) == 0
        assert drop_old_versions(db, now=later(days=40)) == 1  # the second; the first is held, the third the newest


def test_days_and_their_files_stay_for_as_long_as_plays_are_accepted(world: World) -> None:
    world.publish()
    [today] = rows(world, NOON)
    with transaction(world.engine) as db:
        drop_old_days(db, now=from_ms(today.starts_ms) + DAYS_KEPT)
        assert named_by_days(db, [today.digest, "0" * 64]) == {today.digest}
        drop_old_days(db, now=later(days=90))
    assert rows(world) == []


def test_a_row_holds_until_the_days_next_row() -> None:
    days = [day(1), day(4), day(7), day(2, starts_ms=9)]
    for versions, gone in (([7, 9], [1, 4]), ([3, 9], [4]), ([6, 7], [1]), ([1, 5, 7], [])):
        assert [row.version for row in superseded_days(days, versions)] == gone
