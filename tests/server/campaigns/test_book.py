from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session, col, delete, select

from server.accounts.models import AuditEntry
from server.campaigns import checks
from server.campaigns.advertisers import (
    AdvertiserArchived,
    NoAdvertiser,
    add_advertiser,
    advertisers,
    archive_advertiser,
    change_advertiser,
    restore_advertiser,
)
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
from server.campaigns.forms import DaypartForm
from server.campaigns.lists import listed_campaigns, page_of_advertisers
from server.campaigns.models import Advertiser, CampaignState, GoalKind
from server.creatives.models import Creative, CreativeState
from server.db import Job
from server.errors import LiftcastError
from server.paging import PageRequest
from server.screens.models import Screen, Venue
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_creative, add_screen, add_venue, booking, queued_plans


@pytest.fixture
def creative(db: Session, advertiser: Advertiser) -> Creative:
    return add_creative(db, advertiser_id=advertiser.id)


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


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"creatives": ()}, checks.NoCreativeChosen),
        ({"creatives": ({"creative_id": "0" * 26},)}, checks.NoCreative),
        ({"starts_on": date(2026, 3, 9), "ends_on": date(2026, 3, 8)}, checks.FlightReversed),
        ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 2, 28)}, checks.FlightOver),
        ({"goal": 0.0}, checks.BadGoal),
        ({"goal": -5.0}, checks.BadGoal),
        ({"goal": 100.5}, checks.BadGoal),
        ({"goal": float("nan")}, checks.BadGoal),
        ({"goal_kind": GoalKind.PLAYS_PER_DAY, "goal": 2.5}, checks.BadGoal),
        ({"goal_kind": GoalKind.PLAYS_PER_DAY, "goal": 0.0}, checks.BadGoal),
        ({"goal_kind": GoalKind.PLAYS, "goal": 2.5}, checks.BadGoal),
        ({"goal_kind": GoalKind.PLAYS, "goal": 2e9}, checks.BadGoal),
        ({"goal_kind": GoalKind.IMPRESSIONS, "goal": 2e10}, checks.BadGoal),
        ({"pace": "ahead"}, checks.PaceWithoutTotal),
        ({"goal_kind": GoalKind.PLAYS_PER_DAY, "pace": "asap"}, checks.PaceWithoutTotal),
        ({"goal_kind": GoalKind.TAKEOVER, "preemptible": True}, checks.BonusTakeover),
        ({"goal_kind": GoalKind.TAKEOVER, "hourly": 4}, checks.CappedTakeover),
        ({"goal_kind": GoalKind.PLAYS_PER_DAY, "goal": 97, "hourly": 4}, checks.CapTooLow),
        (
            {
                "goal_kind": GoalKind.PLAYS_PER_DAY,
                "goal": 9,
                "hourly": 4,
                "dayparts": ({"weekday": 1, "from_min": 480, "until_min": 600},),
            },
            checks.CapTooLow,
        ),
        ({"dayparts": ({"weekday": 1, "from_min": 600, "until_min": 600},)}, checks.DaypartReversed),
        ({"dayparts": ({"weekday": 1, "from_min": 600, "until_min": 2041},)}, checks.DaypartReversed),
        ({"dayparts": ({"weekday": 1, "from_min": 480, "until_min": 1920},)}, checks.DaypartReversed),
        (
            {
                "dayparts": (
                    {"weekday": 6, "from_min": 1320, "until_min": 1560},
                    {"weekday": 0, "from_min": 119, "until_min": 180},
                )
            },
            checks.DaypartsOverlap,
        ),
        (
            {
                "dayparts": (
                    {"weekday": 1, "from_min": 0, "until_min": 61},
                    {"weekday": 1, "from_min": 60, "until_min": 90},
                )
            },
            checks.DaypartsOverlap,
        ),
        ({"targets": ()}, checks.NoTarget),
        ({"targets": ({"kind": "screen", "value": "0" * 26},)}, checks.UnknownTarget),
        ({"targets": ({"kind": "venue", "value": "0" * 26},)}, checks.UnknownTarget),
        ({"targets": ({"kind": "tag", "value": "nowhere"},)}, checks.UnknownTarget),
        ({"advertiser_id": "0" * 26}, NoAdvertiser),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy_and_leaves_no_row(
    db: Session,
    place: Place,
    advertiser: Advertiser,
    creative: Creative,
    changes: dict[str, Any],
    error: type[LiftcastError],
) -> None:
    with pytest.raises(error) as refused:
        book_campaign(db, booking(advertiser, creative, **changes), by=None, now=NOON)
    assert refused.value.remedy
    assert listed_campaigns(db) == []


@pytest.mark.parametrize("state", [CreativeState.PROCESSING, CreativeState.FAILED, CreativeState.ARCHIVED])
def test_a_creative_that_is_not_ready_cannot_be_booked(
    db: Session, place: Place, advertiser: Advertiser, state: CreativeState
) -> None:
    with pytest.raises(checks.CreativeNotReady, match=state.value):
        book_campaign(
            db, booking(advertiser, add_creative(db, advertiser_id=advertiser.id, state=state)), by=None, now=NOON
        )


def test_another_advertisers_creative_is_refused(db: Session, place: Place, advertiser: Advertiser) -> None:
    rival = add_advertiser(db, name="Tea House", now=NOON)
    with pytest.raises(checks.NotTheAdvertisersCreative):
        book_campaign(db, booking(advertiser, add_creative(db, advertiser_id=rival.id)), by=None, now=NOON)


def test_a_creative_is_listed_once(db: Session, place: Place, advertiser: Advertiser, creative: Creative) -> None:
    with pytest.raises(checks.CreativeTwice):
        book_campaign(db, booking(advertiser, creative, creative), by=None, now=NOON)


def test_a_form_with_an_unknown_field_or_weight_is_refused(advertiser: Advertiser, creative: Creative) -> None:
    with pytest.raises(ValidationError):
        booking(advertiser, creative, colour="red")
    with pytest.raises(ValidationError):
        booking(advertiser, creative, creatives=({"creative_id": creative.id, "weight": 0},))
    with pytest.raises(ValidationError):
        booking(advertiser, creative, dayparts=({"weekday": 7, "from_min": 0, "until_min": 60},))


def test_a_flight_whose_last_day_still_runs_somewhere_can_be_booked(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    add_venue(db, zone="Pacific/Honolulu")
    now = NOON.replace(hour=6)
    form = booking(advertiser, creative, ends_on=date(2026, 3, 1))
    assert book_campaign(db, form, by=None, now=now).state == CampaignState.BOOKED


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


def test_what_the_state_does_not_allow_is_a_conflict(
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


def test_campaigns_are_listed_newest_first_with_their_advertisers(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    first, second = (book_campaign(db, booking(advertiser, creative), by=None, now=NOON) for _ in range(2))
    listed = listed_campaigns(db, advertiser_id=advertiser.id)
    assert [(campaign.id, owner.name) for campaign, owner in listed] == [
        (second.id, "Noodle Bar"),
        (first.id, "Noodle Bar"),
    ]
    assert listed_campaigns(db, advertiser_id="0" * 26) == []


def test_advertisers_are_listed_by_name_and_can_be_renamed(db: Session, advertiser: Advertiser) -> None:
    other = add_advertiser(db, name=" Bakery ", category="food", now=NOON)
    assert [advertiser.name for advertiser in advertisers(db)] == ["Bakery", "Noodle Bar"]
    assert change_advertiser(db, other.id, name="Cake Shop", now=NOON).name == "Cake Shop"


def test_retired_screens_and_venues_are_no_targets(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    for row, kind in ((db.exec(select(Screen)).one(), "screen"), (db.exec(select(Venue)).one(), "venue")):
        row.retired_at = NOON
        with pytest.raises(checks.UnknownTarget):
            book_campaign(
                db, booking(advertiser, creative, targets=({"kind": kind, "value": row.id},)), by=None, now=NOON
            )
    assert not db.exec(select(Screen).where(col(Screen.retired_at).is_(None))).all()


def test_an_archived_advertiser_books_nothing_until_it_is_restored(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    archive_advertiser(db, advertiser.id, now=NOON)
    with pytest.raises(AdvertiserArchived):
        book_campaign(db, booking(advertiser, creative), by=None, now=NOON)
    assert (advertisers(db), advertisers(db, also_archived=True)) == ([], [advertiser])
    assert list(page_of_advertisers(db, PageRequest(), archived=True)) == [advertiser]
    restore_advertiser(db, advertiser.id, now=NOON)
    book_campaign(db, booking(advertiser, creative), by=None, now=NOON)
    assert list(page_of_advertisers(db, PageRequest())) == [advertiser]


def test_a_campaign_ends_after_the_night_of_its_last_day(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    add_venue(db, zone="UTC")
    night = (DaypartForm(weekday=0, from_min=1320, until_min=1560),)
    form = booking(advertiser, creative, ends_on=date(2026, 3, 2), dayparts=night)
    campaign = book_campaign(db, form, by=None, now=NOON)
    assert end_flown(db, now=NOON + timedelta(days=1)) == []
    assert end_flown(db, now=NOON + timedelta(days=2)) == [campaign.id]
