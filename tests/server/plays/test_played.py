"""The start of the next plan: the plays until now, and those that silent boxes were to show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from server.campaigns.models import Campaign, CampaignState, GoalKind
from server.db import new_id
from server.plays.models import DeliveredDay
from server.plays.played import plays_so_far, tallies
from server.screens.models import Screen
from server.timelines.models import PlannedDay
from tests.factories import NOON, make_campaign, make_player, make_screen, make_venue, saved

TODAY = date(2026, 3, 2)
ITEM = new_id()


@pytest.fixture
def campaign(db: Session) -> Campaign:
    return make_campaign(db, goal_kind=GoalKind.PLAYS, goal=1000.0)


def on_day(
    db: Session, screen: Screen, campaign: Campaign, ago: int, *, planned: int = 0, played: int = 0, **more: Any
) -> None:
    facts: dict[str, Any] = {"screen_id": screen.id, "on": TODAY - timedelta(days=ago), "campaign_id": campaign.id}
    saved(db, PlannedDay(**facts, creative_id=ITEM, booked=planned, planned=planned))
    if played or more:
        saved(db, DeliveredDay(**facts, item=ITEM, plays=played, **more))


def test_days_that_are_over_count_and_today_does_not(db: Session, campaign: Campaign) -> None:
    screen = make_screen(db)
    make_player(db, screen=screen, seen_at=NOON)
    for ago, played in ((0, 50), (1, 90), (2, 80)):
        on_day(db, screen, campaign, ago, planned=100, played=played)
    assert plays_so_far(db, now=NOON) == {campaign.id: 170}
    tally = tallies(db, now=NOON)[campaign.id]
    assert (tally.booked, tally.planned, tally.played, tally.awaited) == (200, 200, 170, 0)
    assert tally.played_part == pytest.approx(0.85)


def test_no_plays_are_awaited_from_a_box_that_was_heard_of(db: Session, campaign: Campaign) -> None:
    screen = make_screen(db)
    make_player(db, screen=screen, seen_at=NOON - timedelta(hours=11))
    on_day(db, screen, campaign, 1, planned=100, played=10)
    assert plays_so_far(db, now=NOON) == {campaign.id: 10}


def test_the_planned_plays_of_a_silent_box_are_awaited(db: Session, campaign: Campaign) -> None:
    """It fell silent the day before yesterday at noon, after 40 plays and two that failed; it plays on."""
    screen = make_screen(db)
    make_player(db, screen=screen, seen_at=NOON - timedelta(days=2))
    on_day(db, screen, campaign, 3, planned=100, played=95)
    on_day(db, screen, campaign, 2, planned=100, played=40, failed=2)
    on_day(db, screen, campaign, 1, planned=100)
    tally = tallies(db, now=NOON)[campaign.id]
    assert (tally.played, tally.awaited) == (135, 58 + 100)
    assert plays_so_far(db, now=NOON) == {campaign.id: 135 + 158}


def test_after_three_days_of_silence_nothing_is_awaited_any_more(db: Session, campaign: Campaign) -> None:
    screen = make_screen(db)
    make_player(db, screen=screen, seen_at=NOON - timedelta(days=3, minutes=1))
    for ago in (1, 2, 3):
        on_day(db, screen, campaign, ago, planned=100)
    assert plays_so_far(db, now=NOON).get(campaign.id, 0) == 0


def test_a_late_play_counts_when_it_arrives(db: Session, campaign: Campaign) -> None:
    screen = make_screen(db)
    player = make_player(db, screen=screen, seen_at=NOON - timedelta(days=2))
    on_day(db, screen, campaign, 1, planned=100)
    assert plays_so_far(db, now=NOON) == {campaign.id: 100}
    player.seen_at = NOON
    saved(
        db,
        DeliveredDay(screen_id=screen.id, on=TODAY - timedelta(days=1), campaign_id=campaign.id, item=ITEM, plays=97),
    )
    assert plays_so_far(db, now=NOON) == {campaign.id: 97}


def test_a_screen_that_never_had_a_box_and_one_whose_box_was_revoked_play_nothing(
    db: Session, campaign: Campaign
) -> None:
    bare, revoked = make_screen(db), make_screen(db)
    make_player(db, screen=revoked, seen_at=NOON - timedelta(days=2), revoked_at=NOON - timedelta(days=1))
    for screen in (bare, revoked):
        on_day(db, screen, campaign, 1, planned=100)
    assert plays_so_far(db, now=NOON).get(campaign.id, 0) == 0


def test_a_goal_in_impressions_is_counted_in_impressions(db: Session) -> None:
    """Two and a half a play; what is awaited is worth as much for each."""
    campaign = make_campaign(db, goal_kind=GoalKind.IMPRESSIONS, goal=1000.0)
    screen = make_screen(db)
    make_player(db, screen=screen, seen_at=NOON - timedelta(days=1))
    on_day(db, screen, campaign, 2, planned=100, played=100, impressions_milli=250_000)
    on_day(db, screen, campaign, 1, planned=10)
    assert plays_so_far(db, now=NOON) == {campaign.id: 275}


def test_by_the_clock_of_each_venue(db: Session, campaign: Campaign) -> None:
    """At noon UTC it is the third of March on Kiritimati, and the second there is over."""
    far, near = (make_screen(db, venue=make_venue(db, zone=zone)) for zone in ("Pacific/Kiritimati", "UTC"))
    for screen in (far, near):
        make_player(db, screen=screen, seen_at=NOON)
        on_day(db, screen, campaign, 0, planned=10, played=7)
    assert plays_so_far(db, now=NOON) == {campaign.id: 7}


def test_campaigns_that_ended_long_ago_and_drafts_are_not_counted_again(db: Session) -> None:
    screen = make_screen(db)
    over = make_campaign(db, ends_on=date(2026, 1, 15), starts_on=date(2026, 1, 1))
    draft = make_campaign(db, state=CampaignState.DRAFT)
    late = make_campaign(db, state=CampaignState.ENDED, starts_on=date(2026, 2, 1), ends_on=date(2026, 2, 10))
    for campaign in (over, draft, late):
        on_day(db, screen, campaign, 1, planned=10, played=9)
    assert set(tallies(db, now=NOON)) == {late.id}
