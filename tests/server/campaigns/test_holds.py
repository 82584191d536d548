from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from server.campaigns.book import NoCampaign, WrongState
from server.campaigns.holds import (
    HOURS,
    MOST_HOURS,
    BadHold,
    NotHeld,
    drop_hold,
    hold_draft,
    hold_of,
    holds,
    release_hold,
)
from server.campaigns.models import Campaign, CampaignState
from server.screens.replan import revision
from tests.factories import NOON, make_advertiser, make_campaign, make_creative, make_screen

END = NOON + timedelta(hours=HOURS)


@pytest.fixture
def draft(db: Session) -> Campaign:
    advertiser = make_advertiser(db)
    creative = make_creative(db, advertiser_id=advertiser.id)
    make_screen(db)
    return make_campaign(db, creatives=[creative], advertiser=advertiser, state=CampaignState.DRAFT)


def hold(db: Session, campaign: Campaign, hours: int = HOURS) -> None:
    hold_draft(db, campaign.id, hours=hours, by=None, now=NOON)


def test_a_hold_lapses_by_itself(db: Session, draft: Campaign) -> None:
    hold(db, draft)
    assert [held.campaign_id for held in holds(db, now=END - timedelta(seconds=1))] == [draft.id]
    assert holds(db, now=END) == []
    assert hold_of(db, draft.id, now=END) is None


def test_holding_again_begins_the_hold_anew(db: Session, draft: Campaign) -> None:
    hold(db, draft, hours=1)
    hold(db, draft, hours=2)
    (held,) = holds(db, now=NOON)
    assert held.until_at == NOON + timedelta(hours=2)


@pytest.mark.parametrize("hours", [0, -1, MOST_HOURS + 1, 10**9])
def test_a_hold_has_bounds(db: Session, draft: Campaign, hours: int) -> None:
    with pytest.raises(BadHold):
        hold(db, draft, hours)
    assert holds(db, now=NOON) == []


def test_only_a_draft_is_held_and_a_booked_one_holds_nothing_more(db: Session, draft: Campaign) -> None:
    hold(db, draft)
    draft.state = CampaignState.BOOKED
    db.flush()
    assert holds(db, now=NOON) == []
    with pytest.raises(WrongState):
        hold(db, draft)
    with pytest.raises(NoCampaign):
        hold_draft(db, "no such campaign", by=None, now=NOON)


def test_a_released_hold_frees_its_capacity_for_others_at_once(db: Session, draft: Campaign) -> None:
    hold(db, draft)
    before = revision(db)
    release_hold(db, draft.id, by=None, now=NOON)
    assert (holds(db, now=NOON), revision(db)) == ([], before + 1)
    with pytest.raises(NotHeld):
        release_hold(db, draft.id, by=None, now=NOON)


def test_a_hold_that_lapsed_cannot_be_released(db: Session, draft: Campaign) -> None:
    hold(db, draft)
    with pytest.raises(NotHeld):
        release_hold(db, draft.id, by=None, now=END)
    assert [drop_hold(db, draft.id) for _ in range(2)] == [True, False]
