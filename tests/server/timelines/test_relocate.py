"""Moving a screen to another venue: what it does is known before, and its history stays where it happened."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from server.campaigns.models import CampaignState, Exclusion, Target, TargetKind
from server.db import Job
from server.screens.models import Player, Screen, Service
from server.screens.venues import ScreenRetired, VenueRetired
from server.timelines.relocate import SameVenue, foresee_relocation, relocate_screen
from tests.factories import NOON, make_campaign, make_player, make_screen, make_venue, saved


@pytest.fixture
def harbour(db):
    return make_venue(db)


@pytest.fixture
def river(db):
    return make_venue(db, name="Riverside", venue_type=110102, zone="Europe/Berlin")


@pytest.fixture
def screen(db, harbour):
    return make_screen(db, venue=harbour, name="Lift 2", bank="east", tags=["north"], width=1080, multipliers=[2.5])


def aimed(db, name, kind, value="", **more):
    campaign = make_campaign(db, name=name, screens=[make_screen(db, venue=make_venue(db, name="Far"))], **more)
    saved(db, Target(campaign_id=campaign.id, kind=kind, value=value))
    return campaign


def test_the_panel_is_a_new_screen_there_and_the_old_one_keeps_its_history(db, screen, harbour, river):
    player = make_player(db, screen=screen)
    new = relocate_screen(db, screen.id, river.id, bank="lobby", now=NOON)
    assert (new.venue_id, new.bank, new.name, new.tags) == (river.id, "lobby", "Lift 2", ["north"])
    assert (new.width, new.multipliers) == (1080, [2.5])
    assert new.code != screen.code
    assert new.presence_key != screen.presence_key
    assert (screen.venue_id, screen.retired_at) == (harbour.id, NOON)
    assert db.get_one(Player, player.id).screen_id == new.id
    served = db.exec(select(Service.screen_id, Service.until_at).order_by(Service.from_at)).all()
    assert served == [(screen.id, NOON), (new.id, None)]
    assert {(job.kind, job.subject) for job in db.exec(select(Job))} >= {("plan", harbour.id), ("plan", river.id)}


def test_bookings_that_name_the_screen_go_along(db, screen, river):
    campaign = make_campaign(db, screens=[screen])
    saved(db, Exclusion(campaign_id=campaign.id, kind=TargetKind.SCREEN, value=screen.id))
    new = relocate_screen(db, screen.id, river.id, now=NOON)
    assert [target.value for target in db.exec(select(Target))] == [new.id]
    assert [out.value for out in db.exec(select(Exclusion))] == [new.id]


def test_the_effect_on_bookings_is_known_before(db, screen, harbour, river):
    mate = make_screen(db, venue=river, name="Lobby", bank="lobby")
    for name, kind, value in (
        ("by name", TargetKind.SCREEN, screen.id),
        ("by tag", TargetKind.TAG, "north"),
        ("everywhere", TargetKind.ALL, ""),
        ("old venue", TargetKind.VENUE, harbour.id),
        ("old bank", TargetKind.BANK, f"{harbour.id}/east"),
        ("old type", TargetKind.VENUE_TYPE, "70101"),
        ("new venue", TargetKind.VENUE, river.id),
        ("new bank's mate", TargetKind.SCREEN, mate.id),
    ):
        aimed(db, name, kind, value)
    barred = aimed(db, "barred there", TargetKind.ALL)
    saved(db, Exclusion(campaign_id=barred.id, kind=TargetKind.VENUE, value=river.id))
    aimed(db, "over", TargetKind.ALL, ends_on=date(2026, 3, 1))
    aimed(db, "ended", TargetKind.ALL, state=CampaignState.ENDED)
    foreseen = foresee_relocation(db, screen.id, river.id, bank="lobby", now=NOON)
    names = [[campaign.name for campaign in found] for found in (foreseen.kept, foreseen.lost, foreseen.gained)]
    assert names == [
        ["by name", "by tag", "everywhere"],
        ["barred there", "old bank", "old type", "old venue"],
        ["new bank's mate", "new venue"],
    ]
    assert db.get_one(Screen, screen.id).venue_id == harbour.id


def test_a_screen_is_moved_to_another_venue_in_use_once(db, screen, harbour, river):
    with pytest.raises(SameVenue):
        relocate_screen(db, screen.id, harbour.id, now=NOON)
    closed = make_venue(db, name="Closed", retired_at=NOON - timedelta(days=1))
    with pytest.raises(VenueRetired):
        relocate_screen(db, screen.id, closed.id, now=NOON)
    relocate_screen(db, screen.id, river.id, now=NOON)
    with pytest.raises(ScreenRetired):
        relocate_screen(db, screen.id, river.id, now=NOON)
    assert len(db.exec(select(Screen).where(Screen.name == "Lift 2")).all()) == 2
