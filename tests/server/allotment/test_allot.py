"""From bookings and the rules of venues to the allotment of each screen's day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import select

from media.integers import ceil_div
from media.item_ids import campaign_of
from server.allotment.allot import allot_network, day_input_of, read_network
from server.allotment.stored import allotted_on
from server.campaigns.book import book_campaign
from server.campaigns.models import Advertiser, Campaign
from server.db import reading, to_ms, transaction
from server.planner.model.allotments import Allotted
from server.screens.models import Screen
from server.screens.venues import change_screen, change_venue
from tests.server.timelines.world import (
    NOON,
    World,
    add_advertiser,
    add_creative,
    add_screen,
    add_venue,
    booking,
    shown,
)

TODAY, TOMORROW, SATURDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 7)
HOUR = 720
DAY_SLOTS = 24 * HOUR


def allot(world: World, **more: Any) -> None:
    allot_network(world.engine, world.settings, **{"played": {}, "now": NOON, **more})


def held(world: World, on: date = TOMORROW) -> dict[str, dict[str, Allotted]]:
    with reading(world.engine) as db:
        return {screen: {part.booking: part for part in row} for screen, row in allotted_on(db, on).items()}


def spots(world: World, campaign: str, on: date = TOMORROW) -> dict[str, int]:
    """Spots of a campaign on each screen that has any."""
    counts = {
        screen: sum(count for _, _, count in row[campaign].parts)
        for screen, row in held(world, on).items()
        if campaign in row
    }
    return {screen: count for screen, count in counts.items() if count}


def hours_of(one: Allotted) -> set[int]:
    """The hours of the day that its parts with spots touch."""
    return {hour for first, end, count in one.parts if count for hour in range(first // HOUR, ceil_div(end, HOUR))}


def rule(world: World, **rules: Any) -> None:
    with transaction(world.engine) as db:
        change_venue(db, world.venue.id, by=None, now=NOON, **rules)


# --- where


@pytest.fixture
def street(world: World) -> dict[str, Screen]:
    """Beside the world's own screen: two in a bank of its venue, and one in an apartment house."""
    with transaction(world.engine) as db:
        homes = add_venue(db, venue_type=110102)
        left, right = (add_screen(db, world.venue, bank="doors") for _ in range(2))
        return {"one": world.screen, "left": left, "right": right, "flat": add_screen(db, homes, tags=["quiet"])}


def places(world: World, street: dict[str, Screen]) -> dict[str, tuple[dict[str, str], set[str]]]:
    """Every kind of place, and the screens that it names."""
    flat = street["flat"]
    return {
        "screen": ({"kind": "screen", "value": street["one"].id}, {"one"}),
        "bank": ({"kind": "bank", "value": f"{world.venue.id}/doors"}, {"left", "right"}),
        "venue": ({"kind": "venue", "value": world.venue.id}, {"one", "left", "right"}),
        "venue_type": ({"kind": "venue_type", "value": "110102"}, {"flat"}),
        "tag": ({"kind": "tag", "value": flat.tags[0]}, {"flat"}),
    }


KINDS = ["screen", "bank", "venue", "venue_type", "tag"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_campaign_is_allotted_where_its_target_is(world: World, street: dict[str, Screen], kind: str) -> None:
    target, named = places(world, street)[kind]
    campaign = world.book(targets=(target,))
    allot(world)
    assert set(spots(world, campaign.id)) == {street[name].id for name in named}


@pytest.mark.parametrize("kind", KINDS)
def test_a_campaign_is_not_allotted_where_it_is_excluded(world: World, street: dict[str, Screen], kind: str) -> None:
    place, named = places(world, street)[kind]
    campaign = world.book(exclusions=(place,))
    allot(world)
    assert set(spots(world, campaign.id)) == {street[name].id for name in set(street) - named}


# --- when and what


def test_advert_free_hours_reach_the_screen_and_house_content_fills_them(world: World) -> None:
    rule(world, advert_free={"1": [[420, 540]]})
    campaign = world.book(goal=50)
    world.publish()
    assert hours_of(held(world)[world.screen.id][campaign.id]) == set(range(24)) - {7, 8}
    midnight = to_ms(NOON) + 12 * 3_600_000
    seven, nine = (midnight + hour * 3_600_000 for hour in (7, 9))
    inside = [item for _, _, item in shown(world.timeline(), seven, nine)]
    assert set(inside) == set(world.house)
    assert any(item not in world.house for _, _, item in shown(world.timeline(), nine, nine + 600_000))


def test_an_advert_free_day_is_free_of_adverts_and_the_next_is_not(world: World) -> None:
    rule(world, advert_free_days=[TOMORROW.isoformat()])
    campaign = world.book()
    allot(world)
    assert spots(world, campaign.id) == {}
    assert spots(world, campaign.id, TOMORROW + timedelta(days=1)) == {world.screen.id: DAY_SLOTS // 10}


@pytest.mark.parametrize(
    ("hours", "left"),
    [({}, set()), ({"1": [[420, 540], [900, 1080]]}, set(range(24)) - {7, 8, 15, 16, 17}), ({"2": [[0, 60]]}, None)],
)
def test_a_barred_category_does_not_play_in_its_hours_however_it_is_written(
    world: World, hours: dict[str, Any], left: set[int] | None
) -> None:
    rule(world, barred=[{"category": "Alcohol", "hours": hours}])
    with transaction(world.engine) as db:
        db.get_one(Advertiser, world.advertiser.id).category = "alcohol"
    campaign = world.book()
    allot(world)
    row = held(world).get(world.screen.id, {})
    got = hours_of(row[campaign.id]) if campaign.id in row else set()
    assert got == (set(range(24)) if left is None else left)


def test_other_categories_play_through_hours_in_which_one_is_barred(world: World) -> None:
    rule(world, barred=[{"category": "alcohol", "hours": {}}])
    campaign = world.book()
    allot(world)
    assert set(spots(world, campaign.id)) == {world.screen.id}


# --- how much


def test_plays_of_the_flight_are_spread_over_its_days(world: World) -> None:
    flight = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=9), "goal_kind": "plays", "goal": 1000}
    campaign = world.book(**flight, now=NOON - timedelta(hours=12))
    allot(world)
    days = [TODAY + timedelta(days=n) for n in range(10)]
    assert [sum(spots(world, campaign.id, on).values()) for on in days] == [100] * 10


def test_pace_ahead_plays_early_and_as_soon_as_possible_plays_at_once(world: World) -> None:
    flight = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=9), "goal_kind": "plays", "goal": 1000}
    ahead, asap = (world.book(**flight, pace=pace, now=NOON - timedelta(hours=12)) for pace in ("ahead", "asap"))
    allot(world)
    days = [TODAY + timedelta(days=n) for n in range(10)]
    early = [sum(spots(world, ahead.id, on).values()) for on in days]
    assert sum(early) == 1000
    assert early[0] > early[-1]
    assert spots(world, asap.id, TODAY) == {world.screen.id: 1000}


def book_for(world: World, advertiser: str, **changes: Any) -> Campaign:
    with transaction(world.engine) as db:
        payer = add_advertiser(db, advertiser)
        form = booking(payer, add_creative(db, advertiser_id=payer.id), **changes)
        return book_campaign(db, form, by=None, now=NOON)


def test_a_bonus_campaign_gets_the_unsold_time(world: World) -> None:
    rule(world, reserved_percent=0)
    bonus = world.book(goal=60, preemptible=True)
    sold = [book_for(world, name, goal=30) for name in ("Tea House", "Ferry", "Cinema")]
    allot(world)
    assert [spots(world, campaign.id)[world.screen.id] for campaign in sold] == [DAY_SLOTS * 3 // 20] * 3
    assert spots(world, bonus.id)[world.screen.id] == DAY_SLOTS // 20


def test_a_takeover_has_every_slot(world: World) -> None:
    campaign = world.book(goal_kind="takeover")
    other = world.book(goal=20)
    allot(world)
    assert spots(world, campaign.id) == {world.screen.id: DAY_SLOTS // 2}
    assert spots(world, other.id) == {}


def test_a_cap_holds_in_every_hour_of_the_published_timeline(world: World) -> None:
    campaign = world.book(goal_kind="plays_per_day", goal=24 * 6, hourly=6)
    world.book(goal=40)
    world.publish()
    midnight = to_ms(NOON) + 12 * 3_600_000
    for hour in range(24):
        first = midnight + hour * 3_600_000
        items = [item for at, _, item in shown(world.timeline(), first, first + 3_600_000) if at > first]
        assert sum(1 for item in items if item and item.endswith(campaign.id)) <= 6


def test_impressions_are_made_of_each_screens_own_multiplier(world: World) -> None:
    with transaction(world.engine) as db:
        busy = add_screen(db, world.venue)
        change_screen(db, busy.id, multipliers=[0] * 8 + [4] * 12 + [2] * 4, by=None, now=NOON)
    flight = {"starts_on": TOMORROW, "ends_on": TOMORROW, "goal_kind": "impressions", "goal": 10_000}
    campaign = world.book(**flight)
    allot(world)
    row = held(world)
    plain = sum(count for _, _, count in row[world.screen.id][campaign.id].parts)
    made = sum(count * (4 if end <= 20 * HOUR else 2) for _, end, count in row[busy.id][campaign.id].parts)
    assert min(hours_of(row[busy.id][campaign.id])) == 8
    assert 10_000 - 1 <= plain + made <= 10_000 + 4


def test_multipliers_split_no_cell_while_no_impressions_are_sold(world: World) -> None:
    with transaction(world.engine) as db:
        change_screen(db, world.screen.id, multipliers=list(range(1, 25)), by=None, now=NOON)
    world.book()
    with reading(world.engine) as db:
        network = read_network(db, world.settings, since=TODAY)
    [profile] = day_input_of(network, TOMORROW, {}, world.settings).day.profiles
    assert profile.impressions == ()


def test_played_spots_are_no_longer_due(world: World) -> None:
    flight = {"starts_on": TODAY, "ends_on": TOMORROW, "goal_kind": "impressions", "goal": 1000}
    campaign = world.book(**flight, now=NOON - timedelta(hours=12))
    allot(world, played={campaign.id: 600})
    assert spots(world, campaign.id, TODAY) == {world.screen.id: 200}
    assert spots(world, campaign.id) == {world.screen.id: 200}


# --- up-times


def test_plays_that_are_expected_to_fail_are_planned_in_addition(world: World) -> None:
    """Of two screens one plays half of its plan: three in four of a campaign on both are shown."""
    with transaction(world.engine) as db:
        weak = add_screen(db, world.venue)
    flight = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=2), "goal_kind": "plays", "goal": 900}
    both, sure = (
        world.book(**flight, targets=(target,), now=NOON - timedelta(hours=12))
        for target in ({"kind": "all"}, {"kind": "screen", "value": world.screen.id})
    )
    share = world.book(goal=10)
    allot(world, up_times={weak.id: 0.5})
    days = [TODAY + timedelta(days=n) for n in range(3)]
    assert [sum(spots(world, both.id, on).values()) for on in days] == [400] * 3
    assert [sum(spots(world, sure.id, on).values()) for on in days] == [300] * 3
    assert spots(world, share.id) == dict.fromkeys([world.screen.id, weak.id], DAY_SLOTS // 20)


# --- how far apart


def gaps_of(world: World, campaigns: set[str], days: int) -> list[int]:
    """Milliseconds of something else between spots of any of these campaigns, from noon on."""
    found = shown(world.timeline(), to_ms(NOON), to_ms(NOON) + days * 86_400_000)
    mine = [(starts, ends) for starts, ends, item in found if item and campaign_of(item) in campaigns]
    assert len(mine) > 1000
    return [after - before for (_, before), (after, _) in pairwise(mine)]


def test_two_spots_of_an_advertiser_keep_their_distance_over_midnight_and_when_planned_again(world: World) -> None:
    far = replace(world, settings=world.settings.model_copy(update={"apart_advertiser_s": 60}))
    campaigns = {far.book(goal=goal).id for goal in (4, 6)}
    far.publish()
    assert min(gaps_of(far, campaigns, days=3)) >= 60_000
    campaigns.add(far.book(goal=2).id)
    far.publish(NOON + timedelta(hours=11, minutes=59))
    assert min(gaps_of(far, campaigns, days=3)) >= 60_000


def test_two_spots_of_a_category_keep_their_distance_across_advertisers(world: World) -> None:
    far = replace(world, settings=world.settings.model_copy(update={"apart_category_s": 45}))
    campaigns = {book_for(far, name, goal=5).id for name in ("Tea House", "Noodle Bar")}
    with transaction(world.engine) as db:
        for payer in db.exec(select(Advertiser)):
            payer.category = "Drinks" if payer.name == "Tea House" else "drinks"
    far.publish()
    assert min(gaps_of(far, campaigns, days=2)) >= 45_000


# --- at night


def test_a_night_plays_on_after_the_last_day_and_not_before_the_first(world: World) -> None:
    nights = tuple({"weekday": weekday, "from_min": 22 * 60, "until_min": 26 * 60} for weekday in range(7))
    days = {"starts_on": TOMORROW, "ends_on": TOMORROW + timedelta(days=1)}
    campaign = world.book(dayparts=nights, **days).id
    allot(world)
    hours = [
        hours_of(found[campaign]) if campaign in found else set()
        for n in range(-1, 4)
        for found in [held(world, TOMORROW + timedelta(days=n)).get(world.screen.id, {})]
    ]
    assert hours == [set(), {22, 23}, {0, 1, 22, 23}, {0, 1}, set()]
