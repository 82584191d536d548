from __future__ import annotations

from sqlmodel import Session

from server.campaigns.book import (
    book_campaign,
)
from server.campaigns.lists import listed_campaigns
from server.campaigns.models import Advertiser
from server.creatives.models import Creative
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, booking


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
