from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from media.wire.phone import ClaimState
from server.coupons.models import Claim, Phone
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.wallet import claim_of_link, wallet_of
from tests.server.coupons.conftest import KEYS, live, shows


def test_a_link_opens_one_claim_for_every_holder(db: Session, claim: Claim, now: datetime) -> None:
    entry = claim_of_link(db, shows(claim, now).link, keys=KEYS)
    assert (entry.claim.id, entry.offer.title, entry.merchant.name) == (claim.id, "A bowl for two", "Noodle Bar")
    assert entry.state(now) is ClaimState.READY


def test_a_used_claim_says_where(db: Session, claim: Claim, phone: Phone, till: Till, now: datetime) -> None:
    redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    db.expire_all()
    (entry,) = wallet_of(db, phone.id)
    assert entry.state(now) is ClaimState.REDEEMED
    assert entry.use
    assert entry.use.till == "till 1"


def test_expiry_is_computed_from_time(db: Session, claim: Claim, phone: Phone) -> None:
    (entry,) = wallet_of(db, phone.id)
    assert entry.state(claim.expires_at - timedelta(milliseconds=1)) is ClaimState.READY
    assert entry.state(claim.expires_at) is ClaimState.EXPIRED
