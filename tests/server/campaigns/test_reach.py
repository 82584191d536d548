from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from server.campaigns.book import book_campaign, form_of, pause_campaign
from server.campaigns.checks import ExcludedEverywhere, UnknownTarget
from server.campaigns.house import add_house_content
from server.campaigns.models import Advertiser
from server.campaigns.notices import run_notice
from server.campaigns.reach import screens_reached, venues_using
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_creative, add_screen, add_venue, booking


def reached(db: Session, advertiser: Advertiser, *targets: dict[str, Any], but: tuple[Any, ...] = ()) -> set[str]:
    creative = add_creative(db, advertiser_id=advertiser.id)
    form = booking(advertiser, creative, targets=targets, exclusions=but)
    campaign = book_campaign(db, form, by=None, now=NOON)
    assert form_of(db, campaign.id) == form
    return {screen.id for screen in screens_reached(db, campaign.id)}


def test_targets_name_screens_venues_tags_or_all(db: Session, place: Place, advertiser: Advertiser) -> None:
    there = add_venue(db)
    second, third = add_screen(db, place.venue), add_screen(db, there, tags=["lobby"])
    here = place.screen
    assert reached(db, advertiser, {"kind": "screen", "value": second.id}) == {second.id}
    assert reached(db, advertiser, {"kind": "venue", "value": place.venue.id}) == {here.id, second.id}
    assert reached(db, advertiser, {"kind": "tag", "value": "lobby"}) == {here.id, third.id}
    assert reached(db, advertiser, {"kind": "all"}) == {here.id, second.id, third.id}


def test_a_screen_that_any_target_names_is_in(db: Session, place: Place, advertiser: Advertiser) -> None:
    other = add_screen(db, add_venue(db))
    both = reached(db, advertiser, {"kind": "tag", "value": "lobby"}, {"kind": "screen", "value": other.id})
    assert both == {place.screen.id, other.id}


def test_a_bank_is_reached_as_a_whole(db: Session, place: Place, advertiser: Advertiser) -> None:
    left, right = (add_screen(db, place.venue, bank="north") for _ in range(2))
    elsewhere = add_screen(db, add_venue(db), bank="north")
    found = reached(db, advertiser, {"kind": "screen", "value": left.id})
    assert found == {left.id, right.id}
    assert elsewhere.id not in found


def test_targets_name_venue_types_and_banks(db: Session, place: Place, advertiser: Advertiser) -> None:
    homes = add_venue(db, venue_type=110102)
    flat, left, right = add_screen(db, homes), *(add_screen(db, place.venue, bank="north") for _ in range(2))
    assert reached(db, advertiser, {"kind": "venue_type", "value": "110102"}) == {flat.id}
    bank = {"kind": "bank", "value": f"{place.venue.id}/north"}
    assert reached(db, advertiser, bank) == {left.id, right.id}
    with pytest.raises(UnknownTarget):
        reached(db, advertiser, {"kind": "venue_type", "value": "1"})
    with pytest.raises(UnknownTarget):
        reached(db, advertiser, {"kind": "bank", "value": f"{homes.id}/north"})


@pytest.mark.parametrize("kind", ["screen", "bank", "venue", "venue_type", "tag"])
def test_an_excluded_screen_is_not_reached(db: Session, place: Place, advertiser: Advertiser, kind: str) -> None:
    homes = add_venue(db, venue_type=110102)
    flat = add_screen(db, homes, tags=["quiet"], bank="a")
    value = {"screen": flat.id, "bank": f"{homes.id}/a", "venue": homes.id, "venue_type": "110102", "tag": "quiet"}
    but = ({"kind": kind, "value": value[kind]},)
    assert reached(db, advertiser, {"kind": "all"}, but=but) == {place.screen.id}


def test_a_bank_with_an_excluded_screen_is_left_out_as_a_whole(
    db: Session, place: Place, advertiser: Advertiser
) -> None:
    left, _right = (add_screen(db, place.venue, bank="north") for _ in range(2))
    but = ({"kind": "screen", "value": left.id},)
    assert reached(db, advertiser, {"kind": "all"}, but=but) == {place.screen.id}


def test_exclusions_that_leave_no_place_are_refused(db: Session, place: Place, advertiser: Advertiser) -> None:
    everywhere = {"kind": "all"}
    for but in ({"kind": "venue", "value": place.venue.id}, everywhere):
        with pytest.raises(ExcludedEverywhere):
            reached(db, advertiser, everywhere, but=(but,))
    with pytest.raises(UnknownTarget):
        reached(db, advertiser, everywhere, but=({"kind": "tag", "value": "no such tag"},))


def test_a_retired_screen_is_not_reached(db: Session, place: Place, advertiser: Advertiser) -> None:
    gone = add_screen(db, place.venue, retired_at=NOON)
    assert gone.id not in reached(db, advertiser, {"kind": "all"})


@pytest.mark.parametrize("use", ["campaign", "house", "network house", "notice"])
def test_venues_that_use_a_creative_are_found(db: Session, place: Place, advertiser: Advertiser, use: str) -> None:
    there = add_venue(db)
    creative = add_creative(db, advertiser_id=advertiser.id if use == "campaign" else None)
    assert venues_using(db, creative.id) == set()
    if use == "campaign":
        campaign = book_campaign(db, booking(advertiser, creative), by=None, now=NOON)
    elif use == "notice":
        run_notice(db, creative.id, place.venue.id, now=NOON)
    else:
        add_house_content(db, creative.id, place.venue.id if use == "house" else None, now=NOON)
    everywhere = {place.venue.id, there.id} if use == "network house" else {place.venue.id}
    assert venues_using(db, creative.id) == everywhere
    if use == "campaign":
        pause_campaign(db, campaign.id, by=None, now=NOON)
        assert venues_using(db, creative.id) == set()
