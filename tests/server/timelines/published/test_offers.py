"""Which offers a screen shows, by what was published to it."""

from __future__ import annotations

from typing import Any

import pytest

from server.campaigns.book import book_campaign, end_campaign
from server.campaigns.forms import DaypartForm, TargetForm
from server.campaigns.house import add_house_content
from server.campaigns.models import TargetKind
from server.coupons.models import Offer
from server.db import reading, transaction
from server.screens.models import Screen
from server.timelines.published.offers import shows_offer
from tests.factories import make_offer
from tests.server.timelines.world import (
    NOON,
    World,
    add_creative,
    add_player,
    add_screen,
    booking,
    later,
)

MORNINGS = tuple(DaypartForm(weekday=day, from_min=8 * 60, until_min=9 * 60) for day in range(7))


@pytest.fixture
def offer(world: World) -> Offer:
    with transaction(world.engine) as db:
        return make_offer(db)


@pytest.fixture
def other_screen(world: World) -> Screen:
    with transaction(world.engine) as db:
        return add_screen(db, world.venue)


def book_card(world: World, offer: Offer, **changes: Any) -> str:
    """A campaign whose coupon plays on the world's screen alone; returns its id."""
    target = TargetForm(kind=TargetKind.SCREEN, value=world.screen.id)
    with transaction(world.engine) as db:
        card = add_creative(db, kind="coupon", offer_id=offer.id, advertiser_id=world.advertiser.id)
        form = booking(world.advertiser, card, **{"targets": (target,), **changes})
        return book_campaign(db, form, by=None, now=NOON).id


def shows(world: World, offer: Offer, screen: Screen | None = None, **after_noon: float) -> bool:
    with reading(world.engine) as db:
        now = later(**after_noon)
        return shows_offer(db, world.store, (screen or world.screen).id, offer.id, now=now)


def test_an_offer_is_shown_where_its_card_plays_and_nowhere_else(
    world: World, offer: Offer, other_screen: Screen
) -> None:
    book_card(world, offer)
    assert not shows(world, offer), "nothing was published yet"
    world.publish()
    assert shows(world, offer)
    assert not shows(world, offer, other_screen)
    with transaction(world.engine) as db:
        another = make_offer(db)
    assert not shows(world, another)


def test_an_offer_of_the_morning_is_shown_until_some_hours_after_it(world: World, offer: Offer) -> None:
    book_card(world, offer, dayparts=MORNINGS)
    world.publish()
    clock_hours = (7, 7.75, 8.5, 11.5, 12.5)
    shown = [shows(world, offer, days=1, hours=hour - NOON.hour) for hour in clock_hours]
    assert shown == [False, True, True, True, False]


def test_house_content_is_shown_while_any_time_is_unsold(world: World, offer: Offer) -> None:
    with transaction(world.engine) as db:
        add_house_content(db, add_creative(db, kind="coupon", offer_id=offer.id).id, now=NOON)
    world.publish()
    assert shows(world, offer)
    world.book(goal=100.0)
    world.publish(later(minutes=1))
    assert shows(world, offer, hours=1), "it was shown until a moment ago"
    assert not shows(world, offer, days=1)


def test_a_campaign_that_was_ended_a_moment_ago_has_been_seen(world: World, offer: Offer) -> None:
    campaign_id = book_card(world, offer)
    world.publish()
    end(world, campaign_id)
    assert shows(world, offer, hours=2)
    assert not shows(world, offer, hours=6)


def test_a_box_that_is_behind_still_shows_it(world: World, offer: Offer) -> None:
    campaign_id = book_card(world, offer)
    world.publish()
    with transaction(world.engine) as db:
        add_player(db, world.screen, held_version=1)
    end(world, campaign_id)
    assert shows(world, offer, hours=6)


def end(world: World, campaign_id: str) -> None:
    """A minute after noon; the screen follows at once."""
    with transaction(world.engine) as db:
        end_campaign(db, campaign_id, by=None, now=later(minutes=1))
    world.publish(later(minutes=1))
