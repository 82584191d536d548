"""The building's card: one for each size of a venue's screens, with the building's name as it is now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from server.campaigns.reach import venues_using
from server.creatives.archive import archive_creative
from server.creatives.building import cards_of, require_cards, size_of, venues_without_cards, zones_of
from server.creatives.items import items_for
from server.creatives.lists import CreativeFilter, all_creatives
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.creatives.ready import fail_creative
from server.db import Job
from server.jobs.sweep import RenditionsLost
from server.screens.models import Screen, Venue
from tests.server.timelines.world import NOON, add_screen, add_venue


@pytest.fixture
def venue(db: Session) -> Venue:
    venue = add_venue(db, zone="Asia/Shanghai")
    add_screen(db, venue)
    return venue


def drawings(db: Session) -> list[str]:
    return sorted(db.exec(select(Job.subject).where(Job.kind == "draw")))


def the_card(db: Session, venue: Venue) -> Creative:
    (creative_id,) = cards_of(db, venue.id).values()
    return db.get_one(Creative, creative_id)


def draw(db: Session, creative: Creative) -> None:
    """As the worker would."""
    creative.state = CreativeState.READY
    db.add(Rendition(creative_id=creative.id, role=RenditionRole.SCREEN, digest="c" * 64, mime="image/jpeg", bytes=9))
    for job in db.exec(select(Job)):
        db.delete(job)
    db.flush()


def test_each_size_of_the_venues_screens_has_one_card(db: Session, venue: Venue) -> None:
    add_screen(db, venue)
    add_screen(db, venue, width=1080, height=1920)
    retired = add_screen(db, venue, width=800, height=600)
    retired.retired_at = NOON
    require_cards(db, venue, now=NOON)
    require_cards(db, venue, now=NOON)
    cards = cards_of(db, venue.id)
    assert set(cards) == {(1920, 1080), (1080, 1920)}
    assert drawings(db) == sorted(cards.values())
    assert size_of(db, cards[1080, 1920]) == (1080, 1920)


def test_a_renamed_buildings_card_is_drawn_anew_and_the_old_one_stays_until_then(db: Session, venue: Venue) -> None:
    require_cards(db, venue, now=NOON)
    card = the_card(db, venue)
    draw(db, card)
    require_cards(db, venue, now=NOON)
    assert drawings(db) == []
    venue.name = "港湾大厦"
    require_cards(db, venue, now=NOON)
    db.refresh(card)
    assert (card.title, card.state) == ("港湾大厦", CreativeState.READY)
    assert drawings(db) == [card.id]


def test_a_card_that_was_archived_is_drawn_again(db: Session, venue: Venue) -> None:
    require_cards(db, venue, now=NOON)
    card = the_card(db, venue)
    draw(db, card)
    archive_creative(db, card.id, now=NOON)
    require_cards(db, venue, now=NOON)
    db.refresh(card)
    assert (card.state, card.archived_at) == (CreativeState.PROCESSING, None)
    assert drawings(db) == [card.id]


def test_a_card_that_failed_is_not_tried_for_ever_and_is_listed_as_trouble(db: Session, venue: Venue) -> None:
    require_cards(db, venue, now=NOON)
    card = the_card(db, venue)
    fail_creative(db, card.id, RenditionsLost())
    db.refresh(card)
    for job in db.exec(select(Job)):
        db.delete(job)
    require_cards(db, venue, now=NOON)
    assert drawings(db) == []
    assert [row.creative.id for row in all_creatives(db, CreativeFilter(troubled=True))] == [card.id]
    venue.name = "Harbour Tower East"
    require_cards(db, venue, now=NOON)
    db.refresh(card)
    assert card.state is CreativeState.PROCESSING


def test_nobody_books_the_card_so_no_list_has_it(db: Session, venue: Venue) -> None:
    require_cards(db, venue, now=NOON)
    assert all_creatives(db, CreativeFilter()) == []
    assert all_creatives(db, CreativeFilter(states=(CreativeState.PROCESSING,))) == []


def test_the_card_crosses_the_wire_as_an_image_with_the_buildings_clock(db: Session, venue: Venue) -> None:
    require_cards(db, venue, now=NOON)
    card = the_card(db, venue)
    draw(db, card)
    item = items_for(db, [(card.id, None)])[card.id]
    assert (item.kind, item.title, item.clock) == ("image", "Harbour Tower", "Asia/Shanghai")
    assert zones_of(db, [card.id, "0" * 26]) == {card.id: "Asia/Shanghai"}


def test_a_card_that_is_drawn_plans_its_venue(db: Session, venue: Venue) -> None:
    require_cards(db, venue, now=NOON)
    assert venues_using(db, the_card(db, venue).id) == {venue.id}


def test_venues_that_lack_a_card_are_found(db: Session, venue: Venue) -> None:
    nameless, gone = add_venue(db), add_venue(db)
    add_screen(db, nameless)
    add_screen(db, gone)
    gone.retired_at = NOON + timedelta(days=1)
    db.flush()
    assert venues_without_cards(db, most=9) == sorted([venue.id, nameless.id])
    assert len(venues_without_cards(db, most=1)) == 1
    require_cards(db, venue, now=NOON)
    require_cards(db, nameless, now=NOON)
    assert venues_without_cards(db, most=9) == []
    venue.name = "Another name"
    screen = db.exec(select(Screen).where(Screen.venue_id == nameless.id)).one()
    screen.width, screen.height = 1080, 1920
    db.flush()
    assert venues_without_cards(db, most=9) == sorted([venue.id, nameless.id])
