from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from server.campaigns.advertisers import NoAdvertiser
from server.campaigns.creatives import NotForAdvertisers, UsedByCampaigns, give_creative, uses_of
from server.campaigns.models import CampaignState, HouseContent, NoticeRun
from server.creatives.archive import NoSuchCreative
from tests.factories import NOON, make_advertiser, make_campaign, make_creative, make_offer, make_venue, saved


def test_an_unused_creative_has_no_uses(db: Session) -> None:
    make_campaign(db, creatives=[make_creative(db)])
    assert not uses_of(db, make_creative(db), now=NOON)


def test_uses_are_campaigns_house_content_notices_that_run_and_coupons_of_its_picture(db: Session) -> None:
    picture = make_creative(db, original_digest="a" * 64)
    old, new = (make_campaign(db, creatives=[picture], state=state) for state in (CampaignState.ENDED, "draft"))
    here, there = make_venue(db, name="A"), make_venue(db, name="B")
    for venue in (here, None):
        saved(db, HouseContent(creative_id=picture.id, venue_id=venue.id if venue else None))
    for venue, until_at in ((here, None), (there, NOON)):
        saved(db, NoticeRun(creative_id=picture.id, venue_id=venue.id, from_at=NOON, until_at=until_at))
    coupon = make_creative(db, kind="coupon", original_digest="a" * 64, offer_id=make_offer(db).id)
    make_creative(db, kind="coupon", original_digest="b" * 64, offer_id=make_offer(db).id)
    uses = uses_of(db, picture, now=NOON)
    assert [campaign.id for campaign in uses.campaigns] == [new.id, old.id]
    assert {venue.name if venue else "everywhere" for venue in uses.house} == {"A", "everywhere"}
    assert [venue.id for venue in uses.notices] == [here.id]
    assert [row.id for row in uses.coupons] == [coupon.id]
    assert len(uses_of(db, picture, now=NOON - timedelta(seconds=1)).notices) == 2


def test_a_film_is_on_no_coupon(db: Session) -> None:
    film = make_creative(db, kind="video", original_digest="a" * 64)
    make_creative(db, kind="coupon", original_digest="a" * 64, offer_id=make_offer(db).id)
    assert not uses_of(db, film, now=NOON)


def test_a_creative_goes_to_another_advertiser_or_to_the_network(db: Session) -> None:
    tea, venue = make_advertiser(db), make_venue(db)
    creative = make_creative(db, venue_id=venue.id)
    given = give_creative(db, creative.id, tea.id)
    assert (given.advertiser_id, given.venue_id) == (tea.id, None)
    assert give_creative(db, creative.id, tea.id).advertiser_id == tea.id
    assert give_creative(db, creative.id, None).advertiser_id is None


@pytest.mark.parametrize(("state", "refused"), [("draft", True), ("booked", True), ("paused", True), ("ended", False)])
def test_a_creative_of_a_campaign_that_may_still_run_stays(db: Session, state: str, refused: bool) -> None:
    tea, other = make_advertiser(db), make_advertiser(db)
    creative = make_creative(db, advertiser_id=tea.id)
    make_campaign(db, creatives=[creative], advertiser=tea, state=state)
    if refused:
        with pytest.raises(UsedByCampaigns):
            give_creative(db, creative.id, other.id)
        return
    assert give_creative(db, creative.id, other.id).advertiser_id == other.id


@pytest.mark.parametrize("kind", ["building", "emergency"])
def test_a_card_or_an_emergency_is_given_to_no_advertiser(db: Session, kind: str) -> None:
    with pytest.raises(NotForAdvertisers):
        give_creative(db, make_creative(db, kind=kind).id, make_advertiser(db).id)


def test_neither_creative_nor_advertiser_may_be_unknown(db: Session) -> None:
    with pytest.raises(NoSuchCreative):
        give_creative(db, "no such creative", None)
    with pytest.raises(NoAdvertiser):
        give_creative(db, make_creative(db).id, "no such advertiser")
