"""The fillers of unsold time in a published timeline, and for how long they are shown."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import select

from media.fillers import Rank
from media.timeline import Timeline
from server.campaigns.house import add_house_content, house_content, remove_house_content
from server.campaigns.notices import run_notice, stop_notice
from server.creatives.building import cards_of, require_cards
from server.creatives.models import BUILDING, Creative, CreativeState, Rendition, RenditionRole
from server.db import to_ms, transaction
from server.timelines.unsold import begin_of, on_grid
from tests.server.timelines.world import NOON, World, add_creative, add_screen, later, shown

NOON_MS = to_ms(NOON)
DAY_MS = 86_400_000


def without_house(world: World) -> None:
    with transaction(world.engine) as db:
        for row, _ in house_content(db, None):
            remove_house_content(db, row.id, now=NOON)


def with_card(world: World) -> str:
    """The venue's card, drawn; returns its creative."""
    with transaction(world.engine) as db:
        require_cards(db, world.venue, now=NOON)
        (creative_id,) = cards_of(db, world.venue.id).values()
        creative = db.get_one(Creative, creative_id)
        creative.state = CreativeState.READY
        db.add(
            Rendition(creative_id=creative_id, role=RenditionRole.SCREEN, digest="c" * 64, mime="image/jpeg", bytes=9)
        )
    return creative_id


def items_between(timeline: Timeline, from_ms: int, until_ms: int) -> set[str | None]:
    return {item for _, _, item in shown(timeline, from_ms, until_ms)}


def test_a_venue_with_nothing_to_show_shows_its_card_for_ever(world: World) -> None:
    without_house(world)
    card = with_card(world)
    world.publish()
    timeline = world.timeline()
    assert items_between(timeline, NOON_MS, NOON_MS + 2 * DAY_MS) == {card}
    assert timeline.spot_at(NOON_MS + 1000 * DAY_MS).item == card
    item = timeline.item(card)
    assert (item.kind, item.title, item.clock) == ("image", "Harbour Tower", "UTC")


def test_a_notice_alone_fills_the_free_time_and_ends_on_the_grid(world: World) -> None:
    without_house(world)
    card = with_card(world)
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id).id
        run_notice(db, notice, world.venue.id, from_at=later(seconds=-1), until_at=later(hours=1, seconds=3), now=NOON)
    world.publish()
    assert items_between(world.timeline(), NOON_MS, NOON_MS + 3_600_000) == {notice}
    assert items_between(world.timeline(), NOON_MS + 3_600_000, NOON_MS + 7_200_000) == {card}


def test_house_content_fills_time_after_notices_and_before_the_card(world: World) -> None:
    card = with_card(world)
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id).id
        run = run_notice(db, notice, world.venue.id, from_at=later(hours=-1), now=NOON)
    world.publish()
    assert items_between(world.timeline(), NOON_MS, NOON_MS + 600_000) == {notice}
    with transaction(world.engine) as db:
        stop_notice(db, run.id, now=later(minutes=1))
    world.publish(later(minutes=1))
    effective = world.timeline().manifest.effective_ms
    assert items_between(world.timeline(), effective, effective + 600_000) == set(world.house)
    assert card in world.timeline().manifest.items


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_house_content_plays_on_its_days_by_the_venues_clock(world: World, zone: str) -> None:
    without_house(world)
    card = with_card(world)
    with transaction(world.engine) as db:
        db.merge(world.venue).zone = zone
        feast = add_creative(db).id
        add_house_content(db, feast, first_on=date(2026, 3, 5), last_on=date(2026, 3, 6), now=NOON)
    world.publish()
    begin, end = begin_of(zone, date(2026, 3, 5)), begin_of(zone, date(2026, 3, 7))
    assert items_between(world.timeline(), NOON_MS, begin) == {card}
    assert items_between(world.timeline(), begin, end) == {feast}
    assert items_between(world.timeline(), end, end + 20 * DAY_MS) == {card}


def test_readers_of_both_versions_agree_until_a_notice_is_stopped(world: World) -> None:
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id).id
        run = run_notice(db, notice, world.venue.id, from_at=later(days=-3), now=NOON)
    world.publish()
    old = world.timeline()
    with transaction(world.engine) as db:
        stop_notice(db, run.id, now=later(minutes=5))
    world.publish(later(minutes=5))
    new = world.timeline()
    effective = new.manifest.effective_ms
    assert items_between(old, NOON_MS, effective) == {notice}
    assert shown(old, NOON_MS, effective) == shown(new, NOON_MS, effective)
    assert notice not in items_between(new, effective, effective + DAY_MS)


def test_the_end_of_content_alone_makes_no_new_version(world: World) -> None:
    with transaction(world.engine) as db:
        notice = add_creative(db, kind="notice", venue_id=world.venue.id).id
        run_notice(db, notice, world.venue.id, until_at=later(hours=1), now=NOON)
    world.publish()
    assert world.publish(later(hours=2)) == []


def test_an_older_player_has_what_is_right_at_any_time(world: World) -> None:
    card = with_card(world)
    with transaction(world.engine) as db:
        run_notice(db, add_creative(db, kind="notice").id, world.venue.id, now=NOON)
        add_house_content(db, add_creative(db).id, last_on=date(2026, 3, 6), now=NOON)
    world.publish()
    assert world.timeline().manifest.house == world.house
    without_house(world)
    world.publish(later(minutes=1))
    assert world.timeline().manifest.house == (card,)


def test_each_screen_has_the_card_of_its_size(world: World) -> None:
    with transaction(world.engine) as db:
        upright = add_screen(db, world.venue, width=1080, height=1920)
        require_cards(db, world.venue, now=NOON)
        cards = cards_of(db, world.venue.id)
        for creative in db.exec(select(Creative).where(Creative.kind == BUILDING)):
            creative.state = CreativeState.READY
            role = RenditionRole.SCREEN
            db.add(Rendition(creative_id=creative.id, role=role, digest="c" * 64, mime="image/jpeg", bytes=9))
    world.publish()
    for screen, size in ((world.screen, (1920, 1080)), (upright, (1080, 1920))):
        (filler,) = [filler for filler in world.timeline(screen).manifest.fillers if filler.rank == Rank.CARD]
        assert filler.item == cards[size]


def test_a_slot_of_the_grid_is_counted_from_the_days_first_instant() -> None:
    at = later(seconds=3)
    assert on_grid(at, "Asia/Shanghai", 5_000, up=True) == NOON_MS + 5_000
    assert on_grid(at, "Asia/Shanghai", 5_000, up=False) == NOON_MS
    assert on_grid(NOON, "UTC", 7_000, up=True) % 7_000 != 0


def test_a_date_that_the_zone_left_out_begins_with_the_next() -> None:
    assert begin_of("Pacific/Apia", date(2011, 12, 30)) == begin_of("Pacific/Apia", date(2011, 12, 31))
