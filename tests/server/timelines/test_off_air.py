from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import select, update

from server.campaigns.notices import withdraw_creative
from server.creatives.archive import restore_creative
from server.creatives.models import Creative, CreativeState, FormerRendition
from server.db import reading, transaction
from server.screens.models import Player
from server.timelines import off_air
from server.timelines.models import PublishedTimeline
from server.timelines.off_air import find_unnamed, forget_former_renditions, take_off_air
from server.timelines.retention import drop_old_versions
from tests.server.timelines.world import NOON, World, add_creative, add_player, later


def archived(world: World, creative_id: str) -> None:
    with transaction(world.engine) as db:
        withdraw_creative(db, creative_id, now=NOON)


def off_air_at(world: World, creative_id: str) -> datetime | None:
    with transaction(world.engine) as db:
        take_off_air(db, find_unnamed(db, now=NOON), now=NOON)
    with reading(world.engine) as db:
        return db.exec(select(Creative.off_air_at).where(Creative.id == creative_id)).one()


def test_a_creative_that_was_never_published_goes_off_the_air_when_it_is_archived(world: World) -> None:
    with transaction(world.engine) as db:
        creative = add_creative(db)
    world.publish()
    assert off_air_at(world, creative.id) is None
    archived(world, creative.id)
    assert off_air_at(world, creative.id) == NOON


def test_an_archived_creative_stays_on_the_air_while_a_stored_timeline_names_it(world: World) -> None:
    world.publish()
    with transaction(world.engine) as db:
        add_player(db, world.screen, held_version=1)
    archived(world, world.house[0])
    assert off_air_at(world, world.house[0]) is None  # nothing was planned without it yet
    for days in (3, 6):  # the first of these still contains the day before it
        world.publish(later(days=days))
    with transaction(world.engine) as db:
        drop_old_versions(db, now=later(days=9))
    assert off_air_at(world, world.house[0]) is None  # a player holds the version that names it
    with transaction(world.engine) as db:
        db.exec(update(Player).values(held_version=3))
        drop_old_versions(db, now=later(days=9))
    assert off_air_at(world, world.house[0]) == NOON


def test_a_restored_creative_is_on_the_air_again(world: World) -> None:
    with transaction(world.engine) as db:
        creative = add_creative(db)
    archived(world, creative.id)
    assert off_air_at(world, creative.id) == NOON
    with transaction(world.engine) as db:
        restored = restore_creative(db, world.store, creative.id, now=NOON)
        assert (restored.state, restored.off_air_at) == (CreativeState.PROCESSING, None)


def test_former_files_are_remembered_until_no_timeline_names_them(world: World) -> None:
    world.publish()
    with transaction(world.engine) as db:
        [item, *_] = db.exec(select(PublishedTimeline)).one().manifest["items"].values()
        creative_id, named = item["id"], item["screen"]["digest"]
        db.add(FormerRendition(creative_id=creative_id, digest=named, mime="image/jpeg"))
        db.add(FormerRendition(creative_id=creative_id, digest="0" * 64, mime="image/jpeg"))
    with transaction(world.engine) as db:
        forget_former_renditions(db, find_unnamed(db, now=NOON))
        assert [row.digest for row in db.exec(select(FormerRendition))] == [named]


def test_one_read_of_the_timelines_serves_all_and_ends_when_all_are_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network of 100,000 screens has gigabytes of them."""
    monkeypatch.setattr(off_air, "PAGE", 1)
    for days in range(3):
        world.publish(later(days=days))
    pages: list[None] = []
    for creative_id in world.house:
        archived(world, creative_id)
    with reading(world.engine) as db:
        assert find_unnamed(db, now=NOON, page_read=lambda: pages.append(None)).creatives == []
    assert pages == []  # the first page names all
    with transaction(world.engine) as db:
        strangers = [add_creative(db).id for _ in range(2)]
    for creative_id in strangers:
        archived(world, creative_id)
    with reading(world.engine) as db:
        assert find_unnamed(db, now=NOON, page_read=lambda: pages.append(None)).creatives == strangers
        assert len(pages) == len(db.exec(select(PublishedTimeline)).all())


def test_a_creative_that_was_restored_and_archived_during_the_look_waits_for_the_next(world: World) -> None:
    with transaction(world.engine) as db:
        creative = add_creative(db)
    archived(world, creative.id)
    with transaction(world.engine) as db:
        unnamed = find_unnamed(db, now=NOON)
        restore_creative(db, world.store, creative.id, now=NOON)
    with transaction(world.engine) as db:
        assert take_off_air(db, unnamed, now=NOON) == []
        withdraw_creative(db, creative.id, now=later(minutes=5))
        assert take_off_air(db, unnamed, now=later(minutes=6)) == []
