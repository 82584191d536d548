from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session, select

from server.coupons.models import Merchant, Offer, OfferState
from server.coupons.offers import (
    BadOffer,
    OfferStopped,
    StockBelowOut,
    change_offer,
    left_of,
    make_offer,
    offers_of,
    pause_offer,
    resume_offer,
    stop_offer,
)
from server.db import OutboxRow
from tests.server.coupons.conftest import ClaimIt, offer_form


def test_a_new_offer_has_all_its_stock(offer: Offer) -> None:
    assert (offer.state, offer.stock_left) == (OfferState.ACTIVE, 12)


@pytest.mark.parametrize(
    "more",
    [
        {"title": " "},
        {"stock": -1},
        {"per_phone": 0},
        {"valid_days": None},
        {"weekdays": ""},
        {"weekdays": "7"},
        {"from_min": 60, "until_min": 60},
        {"until_min": 1441},
        {"valid_until": datetime(2030, 1, 1)},
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        offer_form(**more)


def test_claiming_cannot_end_before_it_begins(now: datetime) -> None:
    with pytest.raises(ValidationError, match="Claiming must end after it begins"):
        offer_form(claim_from=now, claim_until=now)


@pytest.mark.parametrize("end", ["valid_until", "claim_until"])
def test_an_offer_that_is_over_before_it_begins_is_refused(
    db: Session, merchant: Merchant, now: datetime, end: str
) -> None:
    with pytest.raises(BadOffer):
        make_offer(db, merchant.id, offer_form(**{end: now}), now=now)


def test_an_end_that_has_passed_may_stay_when_words_change(db: Session, merchant: Merchant, now: datetime) -> None:
    offer = make_offer(db, merchant.id, offer_form(claim_until=now + timedelta(hours=1)), now=now)
    later = now + timedelta(hours=2)
    changed = change_offer(db, offer.id, offer_form(claim_until=offer.claim_until, terms="One each."), now=later)
    assert changed.terms == "One each."


@pytest.mark.parametrize(("stock", "left"), [(20, 18), (12, 10), (2, 0)])
def test_new_stock_counts_the_claimed_pieces(
    db: Session, offered: Any, claimed: ClaimIt, now: datetime, stock: int, left: int
) -> None:
    offer = offered(per_phone=2)
    claimed(offer), claimed(offer)
    changed = change_offer(db, offer.id, offer_form(stock=stock), now=now)
    assert (changed.stock, changed.stock_left) == (stock, left)


def test_stock_is_never_below_the_claimed_pieces(db: Session, offer: Offer, claimed: ClaimIt, now: datetime) -> None:
    claimed()
    with pytest.raises(StockBelowOut):
        change_offer(db, offer.id, offer_form(stock=0), now=now)


def test_a_pause_and_its_end_are_announced_to_phones(db: Session, offer: Offer, now: datetime) -> None:
    pause_offer(db, offer.id, now=now)
    assert left_of(db, [offer.id]) == {offer.id: 0}
    resume_offer(db, offer.id, now=now)
    assert left_of(db, [offer.id]) == {offer.id: 12}
    assert [(row.topic, row.target) for row in db.exec(select(OutboxRow))] == [("stock", offer.id)] * 2


def test_a_stopped_offer_stays_stopped(db: Session, offer: Offer, now: datetime) -> None:
    assert stop_offer(db, offer.id, now=now).state is OfferState.STOPPED
    assert stop_offer(db, offer.id, now=now).state is OfferState.STOPPED
    for change in (pause_offer, resume_offer):
        with pytest.raises(OfferStopped):
            change(db, offer.id, now=now)
    with pytest.raises(OfferStopped):
        change_offer(db, offer.id, offer_form(), now=now)


def test_a_merchant_sees_its_own_offers(db: Session, offer: Offer, merchant: Merchant) -> None:
    assert offers_of(db, merchant.id) == [offer] == offers_of(db)
    assert offers_of(db, "another") == []
