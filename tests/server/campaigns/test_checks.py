from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from server.campaigns import checks
from server.campaigns.advertisers import (
    NoAdvertiser,
    add_advertiser,
)
from server.campaigns.book import (
    book_campaign,
)
from server.campaigns.lists import listed_campaigns
from server.campaigns.models import Advertiser, CampaignState, GoalKind
from server.creatives.models import Creative, CreativeState
from server.errors import LiftcastError
from server.screens.models import Screen, Venue
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_creative, add_venue, booking


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
def test_a_senseless_booking_is_refused_with_a_remedy_and_leaves_no_row(
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


def test_a_flight_whose_last_day_still_runs_somewhere_can_be_booked(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    add_venue(db, zone="Pacific/Honolulu")
    now = NOON.replace(hour=6)
    form = booking(advertiser, creative, ends_on=date(2026, 3, 1))
    assert book_campaign(db, form, by=None, now=now).state == CampaignState.BOOKED


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
