from __future__ import annotations

from sqlmodel import col, select, update

from server.creatives.models import Creative, CreativeState
from server.db import reading, transaction
from server.timelines.models import PublishedTimeline
from server.timelines.retention import _refs, digests_in_use, drop_old_versions
from tests.server.timelines.world import World, add_creative, add_player, later


def four_versions(world: World) -> None:
    for minutes in range(4):
        world.book(goal=10.0)
        world.publish(later(minutes=minutes))


def versions(world: World) -> list[int]:
    with reading(world.engine) as db:
        return sorted(db.exec(select(PublishedTimeline.version)))


def test_the_newest_version_and_the_one_that_a_player_follows_stay(world: World) -> None:
    four_versions(world)
    with transaction(world.engine) as db:
        add_player(db, world.screen, held_version=2)
        assert drop_old_versions(db, now=later(days=3)) == 2
    assert versions(world) == [2, 4]


def test_versions_younger_than_two_days_stay(world: World) -> None:
    four_versions(world)
    with transaction(world.engine) as db:
        assert drop_old_versions(db, now=later(days=1)) == 0
    assert versions(world) == [1, 2, 3, 4]


def test_tables_and_media_of_retained_versions_survive_a_prune(world: World) -> None:
    world.book()
    world.publish()
    with reading(world.engine) as db:
        needed = digests_in_use(db, now=later(days=0))
    manifest = world.timeline().manifest
    assert {day.digest for day in manifest.days} <= needed
    assert set(manifest.media()) <= needed
    world.store.prune(needed)
    assert all(world.store.verify(day.digest) for day in manifest.days)


def test_pictures_of_a_game_stay_as_long_as_the_game(world: World) -> None:
    """Those that it was made with, for they may be prepared anew, and those that a timeline names."""
    with transaction(world.engine) as db:
        add_creative(db, kind="game", game={"pictures": {"logo": "d" * 64}})
        add_creative(db, kind="game", game={"call": {}})
    with reading(world.engine) as db:
        assert "d" * 64 in digests_in_use(db, now=later(days=0))
    logo = {"digest": "e" * 64}
    item = {"screen": {"digest": "f" * 64}, "phone": {"image": None, "game": {"look": {"logo": logo, "colours": {}}}}}
    assert list(_refs(item)) == ["f" * 64, "e" * 64]


def test_files_of_an_archived_creative_alone_are_removed_after_ninety_days(world: World) -> None:
    archived = {"state": CreativeState.ARCHIVED, "archived_at": later(days=0)}
    with transaction(world.engine) as db:
        creative = add_creative(db, original_digest="a" * 64)
        gone = add_creative(db, original_digest="b" * 64)
        db.exec(update(Creative).where(col(Creative.id) == gone.id).values(**archived))
    with reading(world.engine) as db:
        assert "b" * 64 in digests_in_use(db, now=later(days=89))
        needed = digests_in_use(db, now=later(days=91))
    assert creative.original_digest in needed
    assert gone.original_digest not in needed


def test_an_archived_creative_that_a_retained_version_shows_stays(world: World) -> None:
    world.book()
    world.publish()
    shown = set(world.timeline().manifest.media())
    with transaction(world.engine) as db:
        db.exec(update(Creative).values(state=CreativeState.ARCHIVED))
    with reading(world.engine) as db:
        assert shown <= digests_in_use(db, now=later(days=0))
