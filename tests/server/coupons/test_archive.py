"""An archived merchant or offer gives no coupon away, and comes back as it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from server.accounts.models import Role
from server.coupons.archive import (
    MerchantUses,
    archive_merchant,
    archive_offer,
    restore_merchant,
    restore_offer,
    uses_of_merchant,
    uses_of_offer,
)
from server.coupons.claims import OfferNotOpen
from server.coupons.lists import all_merchants, page_of_merchants
from server.coupons.merchants import MerchantArchived
from server.coupons.models import Claim, Merchant, Offer, OfferState
from server.coupons.offers import claimable_left, make_offer, offers_of, pause_offer
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.paging import PageRequest
from tests.factories import make_person
from tests.server.coupons.conftest import KEYS, ClaimIt, MakeOffer, live, offer_form


def test_an_archived_offer_is_claimed_by_nobody_until_it_is_restored(
    db: Session, offer: Offer, claimed: ClaimIt, now: datetime
) -> None:
    archive_offer(db, offer.id, now=now)
    with pytest.raises(OfferNotOpen):
        claimed()
    assert (claimable_left(offer), offers_of(db)) == (0, [])
    assert offers_of(db, also_archived=True) == [offer]
    restore_offer(db, offer.id, now=now)
    claimed()


def test_a_restored_offer_is_in_the_state_in_which_it_was(db: Session, offer: Offer, now: datetime) -> None:
    pause_offer(db, offer.id, now=now)
    archive_offer(db, offer.id, now=now)
    assert restore_offer(db, offer.id, now=now).state is OfferState.PAUSED


def test_the_first_archiving_counts(db: Session, offer: Offer, now: datetime) -> None:
    archive_offer(db, offer.id, now=now)
    assert archive_offer(db, offer.id, now=now + timedelta(days=1)).archived_at == now


def test_a_merchant_takes_its_offers_along_and_brings_only_those_back(
    db: Session, merchant: Merchant, offered: MakeOffer, now: datetime
) -> None:
    kept, gone = offered(title="Kept"), offered(title="Gone")
    archive_offer(db, gone.id, now=now)
    archive_merchant(db, merchant.id, now=now + timedelta(hours=1))
    assert (offers_of(db), all_merchants(db)) == ([], [])
    assert all_merchants(db, also_archived=True) == [merchant]
    assert list(page_of_merchants(db, PageRequest(search="noodle"), archived=True)) == [merchant]
    with pytest.raises(MerchantArchived):
        restore_offer(db, kept.id, now=now)
    with pytest.raises(MerchantArchived):
        make_offer(db, merchant.id, offer_form(), now=now)
    restore_merchant(db, merchant.id, now=now + timedelta(hours=2))
    assert [offer.title for offer in offers_of(db)] == ["Kept"]
    assert list(page_of_merchants(db, PageRequest())) == [merchant]


def test_a_coupon_that_is_out_outlives_its_merchant(
    db: Session, merchant: Merchant, offer: Offer, claim: Claim, till: Till, now: datetime
) -> None:
    archive_merchant(db, merchant.id, now=now)
    assert uses_of_offer(db, offer.id, now=now).coupons_out == 1
    redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    assert uses_of_offer(db, offer.id, now=now).coupons_out == 0


def test_the_uses_of_a_merchant_are_known_before_it_is_archived(
    db: Session, merchant: Merchant, offer: Offer, claim: Claim, offered: MakeOffer, now: datetime
) -> None:
    pause_offer(db, offered(title="Paused").id, now=now)
    make_person(db, role=Role.STAFF, merchant_id=merchant.id)
    make_person(db, role=Role.STAFF, merchant_id=merchant.id, disabled_at=now)
    assert uses_of_merchant(db, merchant.id, now=now) == MerchantUses(["A bowl for two"], 1, 1, 0)
    assert uses_of_merchant(db, merchant.id, now=claim.expires_at).coupons_out == 0
