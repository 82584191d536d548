from __future__ import annotations

import pytest
from sqlmodel import Session

from server.campaigns.advertisers import (
    AdvertiserArchived,
    add_advertiser,
    advertisers,
    archive_advertiser,
    change_advertiser,
    restore_advertiser,
)
from server.campaigns.book import (
    book_campaign,
)
from server.campaigns.lists import page_of_advertisers
from server.campaigns.models import Advertiser
from server.creatives.models import Creative
from server.paging import PageRequest
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, booking


def test_advertisers_are_listed_by_name_and_can_be_renamed(db: Session, advertiser: Advertiser) -> None:
    other = add_advertiser(db, name=" Bakery ", category="food", now=NOON)
    assert [advertiser.name for advertiser in advertisers(db)] == ["Bakery", "Noodle Bar"]
    assert change_advertiser(db, other.id, name="Cake Shop", now=NOON).name == "Cake Shop"


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
