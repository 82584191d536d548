from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, delete, select

from server.accounts.models import AuditEntry
from server.campaigns import checks
from server.campaigns.book import (
    NoCampaign,
    WrongState,
    book_campaign,
    book_draft,
    change_campaign,
    draft_campaign,
    end_campaign,
    end_flown,
    form_of,
    pause_campaign,
    resume_campaign,
)
from server.campaigns.models import Advertiser, CampaignState
from server.creatives.models import Creative, CreativeState
from server.db import Job
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_creative, add_screen, add_venue, booking, queued_plans


def test_a_booked_campaign_stores_its_terms(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    parts = ({"weekday": 0, "from_min": 420, "until_min": 600}, {"weekday": 0, "from_min": 600, "until_min": 700})
    form = booking(advertiser, creative, dayparts=parts, goal=12.5)
    campaign = book_campaign(db, form, by=None, now=NOON)
    assert (campaign.state, campaign.booked_at) == (CampaignState.BOOKED, NOON)
    assert form_of(db, campaign.id) == form
    assert queued_plans(db) == [place.venue.id]


@pytest.mark.parametrize(
    "terms",
    [
        {"goal_kind": "plays", "goal": 40_000, "pace": "ahead", "hourly": 6},
        {"goal_kind": "impressions", "goal": 2_000_000, "pace": "asap", "preemptible": True},
        {"goal_kind": "takeover"},
        {"goal_kind": "plays_per_day", "goal": 96, "hourly": 4},
    ],
)
def test_every_goal_is_stored_as_it_was_booked(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative, terms: dict[str, Any]
) -> None:
    form = booking(advertiser, creative, **terms)
    campaign = book_campaign(db, form, by=None, now=NOON)
    db.expire_all()
    assert form_of(db, campaign.id) == form
    assert end_campaign(db, campaign.id, by=None, now=NOON).goal_kind == form.goal_kind


def test_a_draft_does_not_play_and_may_wait_for_its_creative(db: Session, place: Place, advertiser: Advertiser) -> None:
    raw = add_creative(db, advertiser_id=advertiser.id, state=CreativeState.PROCESSING)
    draft = draft_campaign(db, booking(advertiser, raw), by=None, now=NOON)
    assert draft.state == CampaignState.DRAFT
    assert queued_plans(db) == []
    with pytest.raises(checks.CreativeNotReady):
        book_draft(db, draft.id, by=None, now=NOON)
    raw.state = CreativeState.READY
    assert book_draft(db, draft.id, by=None, now=NOON).state == CampaignState.BOOKED


def test_a_venue_in_a_zone_that_nobody_knows_keeps_no_other_from_being_booked_or_ended(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative, caplog: pytest.LogCaptureFixture
) -> None:
    for zone in ("Mars/Olympus", "../secret", "Pacific/Honolulu"):
        add_venue(db, zone=zone)
    form = booking(advertiser, creative, ends_on=date(2026, 3, 1))
    campaign = book_campaign(db, form, by=None, now=NOON.replace(hour=6))
    assert end_flown(db, now=NOON.replace(hour=6)) == []
    assert end_flown(db, now=NOON) == [campaign.id]
    assert "zone not known zone=Mars/Olympus" in caplog.text


def test_a_campaign_is_ended_when_its_last_day_is_over_in_every_zone(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    add_venue(db, zone="Pacific/Kiritimati")
    add_venue(db, zone="Pacific/Honolulu")
    campaign = book_campaign(db, booking(advertiser, creative, ends_on=date(2026, 3, 2)), by=None, now=NOON)
    db.exec(delete(Job))
    honolulus_midnight = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert end_flown(db, now=honolulus_midnight - timedelta(seconds=1)) == []
    assert end_flown(db, now=honolulus_midnight) == [campaign.id]
    assert end_flown(db, now=honolulus_midnight) == []
    db.refresh(campaign)
    assert campaign.state == CampaignState.ENDED
    assert queued_plans(db) == []
    entry = db.exec(select(AuditEntry).where(AuditEntry.action == "campaign ended")).one()
    assert (entry.subject, entry.person_id) == (campaign.id, None)


def test_the_end_of_the_flight_ends_a_paused_campaign_and_no_draft(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    form = booking(advertiser, creative, ends_on=date(2026, 3, 2))
    draft = draft_campaign(db, form, by=None, now=NOON)
    paused = book_campaign(db, form, by=None, now=NOON)
    pause_campaign(db, paused.id, by=None, now=NOON)
    going = book_campaign(db, booking(advertiser, creative), by=None, now=NOON)
    assert end_flown(db, now=NOON + timedelta(days=3)) == [paused.id]
    for campaign in (draft, going):
        db.refresh(campaign)
    assert (draft.state, going.state) == (CampaignState.DRAFT, CampaignState.BOOKED)


def test_pause_resume_and_end_each_queue_a_plan(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    campaign = book_campaign(db, booking(advertiser, creative), by=None, now=NOON)
    for step, state in (
        (pause_campaign, CampaignState.PAUSED),
        (resume_campaign, CampaignState.BOOKED),
        (end_campaign, CampaignState.ENDED),
    ):
        db.exec(delete(Job))
        assert step(db, campaign.id, by=None, now=NOON).state == state
        assert queued_plans(db) == [place.venue.id]


def test_a_step_that_the_state_does_not_allow_is_a_conflict(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    form = booking(advertiser, creative)
    campaign = book_campaign(db, form, by=None, now=NOON)
    for step in (book_draft, resume_campaign):
        with pytest.raises(WrongState):
            step(db, campaign.id, by=None, now=NOON)
    end_campaign(db, campaign.id, by=None, now=NOON)
    for step in (pause_campaign, resume_campaign, end_campaign):
        with pytest.raises(WrongState):
            step(db, campaign.id, by=None, now=NOON)
    with pytest.raises(WrongState):
        change_campaign(db, campaign.id, form, by=None, now=NOON)


def test_a_campaign_that_is_not_there_is_missing(db: Session) -> None:
    with pytest.raises(NoCampaign):
        pause_campaign(db, "0" * 26, by=None, now=NOON)


def test_a_change_plans_the_venues_it_leaves_and_those_it_enters(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    there = add_venue(db)
    add_screen(db, there)
    here = booking(advertiser, creative, targets=({"kind": "venue", "value": place.venue.id},))
    campaign = book_campaign(db, here, by=None, now=NOON)
    db.exec(delete(Job))
    moved = here.model_copy(update={"targets": booking(advertiser, creative).targets[:0], "name": "Moved"})
    moved = moved.model_validate({**moved.model_dump(), "targets": [{"kind": "venue", "value": there.id}]})
    change_campaign(db, campaign.id, moved, by=None, now=NOON)
    assert queued_plans(db) == sorted([place.venue.id, there.id])
    assert form_of(db, campaign.id) == moved
