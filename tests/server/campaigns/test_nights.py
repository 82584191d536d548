from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from server.campaigns.book import (
    book_campaign,
    end_flown,
)
from server.campaigns.forms import DaypartForm
from server.campaigns.models import Advertiser
from server.creatives.models import Creative
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_venue, booking


def test_a_campaign_ends_after_the_night_of_its_last_day(
    db: Session, place: Place, advertiser: Advertiser, creative: Creative
) -> None:
    add_venue(db, zone="UTC")
    night = (DaypartForm(weekday=0, from_min=1320, until_min=1560),)
    form = booking(advertiser, creative, ends_on=date(2026, 3, 2), dayparts=night)
    campaign = book_campaign(db, form, by=None, now=NOON)
    assert end_flown(db, now=NOON + timedelta(days=1)) == []
    assert end_flown(db, now=NOON + timedelta(days=2)) == [campaign.id]
