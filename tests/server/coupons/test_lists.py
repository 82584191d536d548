from __future__ import annotations

import pytest
from sqlmodel import Session

from server.coupons.lists import all_merchants, page_of_merchants, page_of_offers
from server.coupons.models import Merchant, Offer
from server.paging import PageRequest
from tests.factories import NOON, make_merchant, make_offer


@pytest.fixture
def merchants(db: Session) -> list[Merchant]:
    """By name, as people count."""
    names = (("Bar 2", "Quay Road"), ("Bar 10", "High Street"), ("面馆", "滨江路 1"))
    made = [make_merchant(db, name=name, address=address) for name, address in names]
    make_merchant(db, name="Closed", archived_at=NOON)
    return made


@pytest.fixture
def offers(db: Session, merchants: list[Merchant]) -> list[Offer]:
    """The newest first."""
    old, new = (make_offer(db, merchant=merchant, title=f"Soup {merchant.name}") for merchant in merchants[:2])
    make_offer(db, merchant=merchants[0], archived_at=NOON)
    return [new, old]


def test_merchants_are_sorted_as_people_count(db: Session, merchants: list[Merchant]) -> None:
    assert all_merchants(db) == merchants
    assert {merchant.name for merchant in all_merchants(db, also_archived=True)} > {"Closed"}
    assert list(page_of_merchants(db, PageRequest(per_page=2))) == merchants[:2]


@pytest.mark.parametrize(("search", "found"), [("", 3), ("bar", 2), ("滨江", 1), ("bar quay", 1), ("%", 0), ("zzz", 0)])
def test_merchants_are_searched_by_name_and_address(
    db: Session, merchants: list[Merchant], search: str, found: int
) -> None:
    assert page_of_merchants(db, PageRequest(search=search)).total == found


def test_a_list_is_of_one_merchant_or_of_what_is_archived(
    db: Session, merchants: list[Merchant], offers: list[Offer]
) -> None:
    everything = PageRequest()
    assert list(page_of_merchants(db, everything, merchant_id=merchants[0].id)) == [merchants[0]]
    assert [merchant.name for merchant in page_of_merchants(db, everything, archived=True)] == ["Closed"]
    assert list(page_of_offers(db, everything)) == offers
    assert list(page_of_offers(db, everything, merchant_id=merchants[0].id)) == [offers[1]]
    assert page_of_offers(db, everything, archived=True).total == 1
    assert page_of_offers(db, everything, merchant_id="nobody").total == 0


@pytest.mark.parametrize(("search", "found"), [("soup", 2), ("bar 10", 1), ("tea", 0), ("_", 0)])
def test_offers_are_searched_by_title_and_merchant(db: Session, offers: list[Offer], search: str, found: int) -> None:
    assert page_of_offers(db, PageRequest(search=search)).total == found
