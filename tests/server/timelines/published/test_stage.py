from __future__ import annotations

import time
from typing import Any

import pytest
from sqlmodel import Session

from media.wire.phone import Stage
from server.db import reading, to_ms, transaction
from server.timelines.published.read import NoTimeline, current_manifest, timeline_of
from server.timelines.published.stage import stage_of
from tests.server.timelines.world import World, add_player, later

NOW = later(hours=2)
OVERRIDE: dict[str, Any] = {"starts_ms": to_ms(NOW) - 3000, "item": None, "why": "the file is damaged"}


def stage(world: World) -> Stage:
    with reading(world.engine) as db:
        return stage_of(db, world.store, world.screen, now=NOW)


def two_versions(world: World) -> None:
    world.publish()
    world.book(goal=100.0)
    world.publish(later(minutes=1))


def seen(db: Session, world: World, **more: Any) -> None:
    add_player(db, world.screen, **{"seen_at": NOW} | more)


def test_a_screen_without_a_player_is_staged_from_the_newest_version(world: World) -> None:
    two_versions(world)
    now_shown = stage(world)
    assert now_shown.version == 2
    assert now_shown.spots[0].item not in world.house
    assert now_shown.screen == world.screen.code


def test_phones_agree_with_a_screen_that_is_behind(world: World) -> None:
    two_versions(world)
    with transaction(world.engine) as db:
        seen(db, world, held_version=1)
    now_shown = stage(world)
    assert now_shown.version == 1
    assert now_shown.spots[0].item in world.house


def test_a_version_that_is_no_longer_kept_gives_way_to_the_newest(world: World) -> None:
    two_versions(world)
    with transaction(world.engine) as db:
        seen(db, world, held_version=77)
    assert stage(world).version == 2


def test_phones_show_the_override_of_the_screen(world: World) -> None:
    world.publish()
    with transaction(world.engine) as db:
        seen(db, world, status={"override": OVERRIDE})
    now_shown = stage(world).override
    assert now_shown is not None
    assert now_shown.why == "the file is damaged"


def test_an_override_of_a_player_that_fell_silent_is_not_repeated(world: World) -> None:
    world.publish()
    with transaction(world.engine) as db:
        seen(db, world, status={"override": OVERRIDE}, seen_at=later(hours=1))
    assert stage(world).override is None


def test_a_broken_override_is_no_override(world: World) -> None:
    world.publish()
    with transaction(world.engine) as db:
        seen(db, world, status={"override": {"starts_ms": "soon"}})
    assert stage(world).override is None


def test_a_screen_without_a_timeline_says_so(world: World) -> None:
    with reading(world.engine) as db:
        assert current_manifest(db, world.screen.id) is None
    with pytest.raises(NoTimeline):
        stage(world)


def test_a_day_table_that_is_lost_plays_house_content(world: World) -> None:
    world.book(goal=100.0)
    world.publish()
    for day in world.timeline().manifest.days:
        world.store.remove(day.digest)
    assert stage(world).spots[0].item in world.house


def test_the_same_version_is_read_once(world: World) -> None:
    world.publish()
    with reading(world.engine) as db:
        first = timeline_of(db, world.store, world.screen.id, 1)
        assert timeline_of(db, world.store, world.screen.id) is first


def test_a_phones_stage_takes_a_few_milliseconds(world: World) -> None:
    world.book()
    world.publish()
    stage(world)
    began = time.process_time()
    with reading(world.engine) as db:
        for _ in range(50):
            stage_of(db, world.store, world.screen, now=NOW)
    assert (time.process_time() - began) / 50 < 0.01
