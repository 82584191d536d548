from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from server.coupons.leases.expire import KEPT_FOR, expire_leases
from server.coupons.leases.renew import LASTS
from server.coupons.leases.size import LEAST
from server.coupons.models import Claim, Lease, LeasedClaim, Offer
from server.screens.players import revoke_player
from tests.server.coupons.leases.conftest import Box, leased, stock_left

SECOND = timedelta(seconds=1)


def test_pieces_of_a_lost_box_return_when_lease_and_claim_have_expired(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    box.renew(offer)
    revoke_player(db, box.player.id, by=None, now=now)
    valid_until = leased(db)[0].expires_at
    assert valid_until > now + LASTS
    for at, returned in ((now + LASTS, 0), (valid_until - SECOND, 0), (valid_until, LEAST), (valid_until + SECOND, 0)):
        assert expire_leases(db, now=at) == returned
    assert stock_left(db, offer) == 12


def test_a_lease_that_is_extended_keeps_its_claims(db: Session, box: Box, offer: Offer, now: datetime) -> None:
    box.renew(offer)
    later = leased(db)[0].expires_at
    box.renew(offer, at=later - timedelta(days=1))
    assert expire_leases(db, now=later) == 0
    assert len(box.unused) == LEAST


def test_a_claim_that_a_phone_has_is_not_returned(db: Session, box: Box, offer: Offer, now: datetime) -> None:
    box.renew(offer)
    box.hand_out()
    box.report()
    assert expire_leases(db, now=now + timedelta(days=50)) == LEAST - 1
    assert len(db.exec(select(Claim)).all()) == 1


def test_a_report_after_all_has_expired_writes_the_claim_while_its_row_is_there(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    """Nobody can use it any more; what was returned to the stock stays there."""
    box.renew(offer)
    box.hand_out(at=now + timedelta(days=1))
    late = now + timedelta(days=30)
    expire_leases(db, now=late)
    assert box.report(at=late)[0].status == "refused"
    assert stock_left(db, offer) == 12


def test_leases_that_are_long_over_are_forgotten(db: Session, box: Box, offered: Any, now: datetime) -> None:
    box.renew(offered())
    box.hand_out()
    box.report()
    expire_leases(db, now=now + timedelta(days=30))
    expire_leases(db, now=now + timedelta(days=30) + KEPT_FOR)
    expire_leases(db, now=now + timedelta(days=31) + KEPT_FOR)
    assert (db.exec(select(Lease)).all(), db.exec(select(LeasedClaim)).all()) == ([], [])
    assert len(db.exec(select(Claim)).all()) == 1
