from __future__ import annotations

from datetime import date, timedelta

import pytest

from media.timeline import PAST_REACH_MS
from server.campaigns.house import add_house_content
from server.db import reading, transaction
from server.screens.venues import retire_screen
from server.timelines.models import RaisedInterrupt
from server.timelines.venue_snapshot import VenueSnapshot, newest_of, read_snapshot
from tests.server.timelines.world import NOON, World, add_creative, add_screen, add_venue, later

DAYS = [date(2026, 3, 2), date(2026, 3, 3)]


def snapshot(world: World) -> VenueSnapshot:
    with reading(world.engine) as db:
        return read_snapshot(db, world.venue, days=DAYS, now=NOON)


def test_a_snapshot_has_the_campaigns_that_are_allotted_spots_here_and_what_they_show(world: World) -> None:
    here = world.book()
    with transaction(world.engine) as db:
        elsewhere = add_screen(db, add_venue(db))
    there = world.book(targets=[{"kind": "screen", "value": elsewhere.id}])
    world.book(starts_on=date(2026, 4, 1))
    world.publish()
    read = snapshot(world)
    assert [booked.campaign.id for booked in read.campaigns] == [here.id]
    assert [set(read.allotted[on]) for on in DAYS] == [{world.screen.id}] * 2
    assert {item.partition("-")[2] for item in read.items} == {"", here.id}
    assert there.id not in {booked.campaign.id for booked in read.campaigns}


def test_a_creative_that_is_not_ready_is_in_the_house_but_no_item(world: World) -> None:
    with transaction(world.engine) as db:
        own = add_creative(db, venue_id=world.venue.id)
        add_house_content(db, own.id, world.venue.id, now=NOON)
        own.state = "processing"
    read = snapshot(world)
    assert {row.creative_id for row in read.house} == {own.id, *world.house}
    assert set(read.items) == set(world.house)


def test_a_venue_without_screens_is_read_too(world: World) -> None:
    with transaction(world.engine) as db:
        retire_screen(db, world.screen.id, now=NOON)
    read = snapshot(world)
    assert (read.screens, read.campaigns, read.newest) == ((), (), {})


@pytest.mark.parametrize(
    ("ended_ms_ago", "place", "found"),
    [
        (None, {}, True),
        (None, {"venue_id": "here"}, True),
        (None, {"screen_id": "here"}, True),
        (None, {"venue_id": "elsewhere"}, False),
        (PAST_REACH_MS - 1, {}, True),
        (PAST_REACH_MS, {}, False),
    ],
)
def test_an_interrupt_counts_where_it_is_raised_and_while_a_stage_may_still_show_it(
    world: World, ended_ms_ago: int | None, place: dict[str, str], found: bool
) -> None:
    ended = None if ended_ms_ago is None else NOON - timedelta(milliseconds=ended_ms_ago)
    with transaction(world.engine) as db:
        ids = {"venue_id": world.venue.id, "screen_id": world.screen.id}
        at = {name: ids[name] if of == "here" else add_venue(db).id for name, of in place.items()}
        db.add(RaisedInterrupt(creative_id=world.house[0], from_at=later(hours=-2), until_at=ended, **at))
    assert len(snapshot(world).interrupts) == found


def test_the_newest_version_is_that_of_each_screen_alone(world: World) -> None:
    with transaction(world.engine) as db:
        add_screen(db, world.venue)
    world.publish()
    with transaction(world.engine) as db:
        new = add_screen(db, world.venue)
    world.book()
    world.publish(later(minutes=5))
    with reading(world.engine) as db:
        newest = newest_of(db, [world.screen.id, new.id, "no such screen"])
        assert newest_of(db, []) == {}
    assert {id_: row.version for id_, row in newest.items()} == {world.screen.id: 2, new.id: 1}
