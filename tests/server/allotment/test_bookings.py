"""Booked campaigns with their parts, and the bookings that the planner makes of them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlmodel import Session

from server.allotment.bookings import apart_of, booked_campaigns, booking_of, slots_of
from server.campaigns.models import CampaignState, Daypart, Exclusion, GoalKind, TargetKind
from server.creatives.items import items_for
from server.planner.model.days import ALWAYS, WeeklySpan
from server.planner.model.problem import Apart
from server.settings import Settings
from tests.factories import make_advertiser, make_campaign, make_creative, make_screen, saved

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


def test_a_campaign_comes_with_its_own_parts_and_no_other_s(db: Session) -> None:
    screen, other = make_screen(db), make_screen(db)
    tea = make_advertiser(db, category="Getränke")
    campaign = make_campaign(db, creatives=[make_creative(db), make_creative(db)], screens=[screen], advertiser=tea)
    saved(db, Daypart(campaign_id=campaign.id, weekday=6, from_min=1380, until_min=1500))
    saved(db, Exclusion(campaign_id=campaign.id, kind=TargetKind.SCREEN, value=other.id))
    make_campaign(db, creatives=[make_creative(db)])
    booked, everywhere = booked_campaigns(db, since=FIRST)
    assert (booked.campaign, booked.category, len(booked.creatives)) == (campaign, "Getränke", 2)
    assert [(part.weekday, part.from_min, part.until_min) for part in booked.dayparts] == [(6, 1380, 1500)]
    assert (len(booked.targets), len(booked.barred)) == (1, 1)
    assert (everywhere.dayparts, everywhere.targets, everywhere.barred) == ((), frozenset(), frozenset())


@pytest.mark.parametrize(("since", "found"), [(LAST, 1), (LAST + timedelta(days=1), 0)])
def test_a_campaign_that_is_over_is_left_out(db: Session, since: date, found: int) -> None:
    make_campaign(db)
    make_campaign(db, state=CampaignState.DRAFT)
    assert len(booked_campaigns(db, since=since)) == found


def test_states_and_ids_may_be_chosen(db: Session) -> None:
    draft, paused = (make_campaign(db, state=state) for state in (CampaignState.DRAFT, CampaignState.PAUSED))
    found = booked_campaigns(db, since=FIRST, states=(CampaignState.DRAFT, CampaignState.PAUSED), ids=[draft.id, "x"])
    assert [booked.campaign.id for booked in found] == [draft.id]
    assert booked_campaigns(db, since=FIRST, ids=[]) == []
    assert paused.id not in {booked.campaign.id for booked in booked_campaigns(db, since=FIRST)}


def test_a_booking_has_the_terms_of_its_campaign_in_whole_slots(db: Session) -> None:
    creative = make_creative(db, length_ms=10_001)
    campaign = make_campaign(
        db, creatives=[creative], advertiser=make_advertiser(db, category="ALKOHOL"), goal=0.1, hourly=3
    )
    (booked,) = booked_campaigns(db, since=FIRST)
    booking = booking_of(booked, items_for(db, booked.pairs), slot_ms=5000)
    assert booking is not None
    assert (booking.goal, booking.goal_kind, booking.hourly) == (Fraction(1, 10), GoalKind.SHARE, 3)
    assert (booking.category, booking.creatives[0].slots, booking.dayparts) == ("alkohol", 3, ALWAYS)
    saved(db, Daypart(campaign_id=campaign.id, weekday=0, from_min=0, until_min=60))
    (booked,) = booked_campaigns(db, since=FIRST)
    assert booking_of(booked, items_for(db, booked.pairs), slot_ms=5000).dayparts == (WeeklySpan(0, 0, 60),)  # type: ignore[union-attr]


def test_a_campaign_without_a_ready_creative_is_no_booking(db: Session) -> None:
    make_campaign(db, creatives=[make_creative(db, ready=False)])
    (booked,) = booked_campaigns(db, since=FIRST)
    assert booking_of(booked, items_for(db, booked.pairs), slot_ms=5000) is None


@pytest.mark.parametrize(("length_ms", "slots"), [(0, 0), (1, 1), (5000, 1), (5001, 2)])
def test_a_length_takes_the_slot_that_it_fills_in_part(length_ms: int, slots: int) -> None:
    assert slots_of(length_ms, 5000) == slots


@pytest.mark.parametrize(
    ("seconds", "slots"),
    [
        ({}, Apart(1, 1, 0)),
        ({"apart_advertiser_s": 30}, Apart(1, 6, 0)),
        ({"apart_creative_s": 61, "apart_category_s": 12}, Apart(13, 1, 3)),
        ({"apart_creative_s": 0, "apart_advertiser_s": 0}, Apart(0, 0, 0)),
    ],
)
def test_distances_are_whole_slots_rounded_up(settings: Settings, seconds: dict[str, int], slots: Apart) -> None:
    assert apart_of(settings.model_copy(update=seconds)) == slots
