from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from server.coupons.leases.fulfil import Holder, fulfil_unreported, mark_claimed, own_key, write_claim
from server.coupons.models import Claim, LeasedClaim, LeasedState, Offer, Phone
from tests.server.coupons.conftest import ClaimIt
from tests.server.coupons.leases.conftest import Box, leased, stock_left


def first_leased(db: Session, box: Box, offer: Offer) -> LeasedClaim:
    box.renew(offer)
    return leased(db)[0]


def holder(phone: Phone, now: datetime, key: str = "") -> Holder:
    return Holder(phone.id, key=key, screen_id=None, claimed_at=now, expires_at=now + timedelta(days=1))


def test_a_till_that_reads_a_coupon_first_has_its_claim_written_once(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    unreported = first_leased(db, box, offer)
    claim = fulfil_unreported(db, unreported, now=now)
    assert claim is not None
    assert (claim.id, claim.code_hmac, claim.expires_at) == (
        unreported.id,
        unreported.code_hmac,
        unreported.expires_at,
    )
    assert fulfil_unreported(db, unreported, now=now) == claim
    assert len(db.exec(select(Claim)).all()) == 1


def test_a_coupon_that_came_back_takes_a_piece_again_unless_it_is_over_or_none_is_left(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    returned = first_leased(db, box, offer)
    returned.state = LeasedState.RETURNED
    db.flush()
    left = stock_left(db, offer)
    assert fulfil_unreported(db, returned, now=returned.expires_at) is None
    offer.stock_left = 0
    db.flush()
    assert not mark_claimed(db, returned, now=now)
    offer.stock_left = left
    db.flush()
    assert mark_claimed(db, returned, now=now)
    assert stock_left(db, offer) == left - 1


def test_a_coupon_is_written_beyond_the_phones_limit(
    db: Session, box: Box, offer: Offer, phone: Phone, claim: Claim, now: datetime
) -> None:
    assert (offer.per_phone, claim.nth) == (1, 1)
    assert write_claim(db, first_leased(db, box, offer), holder(phone, now)).nth == 2


def test_a_repeat_of_the_phones_request_at_the_server_finds_the_claim_by_its_key(
    db: Session, box: Box, offer: Offer, phone: Phone, claimed: ClaimIt, now: datetime
) -> None:
    claimed(idempotency_key="taken")
    unreported = first_leased(db, box, offer)
    assert own_key(db, unreported, holder(phone, now, "free")) == "free"
    for key in ("taken", ""):
        assert own_key(db, unreported, holder(phone, now, key)) == f"leased:{unreported.id}"
