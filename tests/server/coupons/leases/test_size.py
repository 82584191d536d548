from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from media.wire.leases import MOST_LEASED
from server.coupons.leases.size import LEAST, busiest_days, lease_size
from server.coupons.models import Offer
from server.screens.models import Screen
from tests.server.coupons.conftest import ClaimIt, a_phone


@pytest.mark.parametrize(
    ("busiest", "pieces", "boxes", "size"),
    [
        (0, 1000, 1, LEAST),  # nobody has claimed here yet
        (30, 1000, 1, 60),  # two of its busiest days
        (5000, 100_000, 1, MOST_LEASED),
        (30, 100, 1, 50),  # half stays in the stock
        (30, 100, 5, 10),  # five boxes share the other half
        (30, 9, 5, 0),  # the last pieces are for all
        (30, 0, 1, 0),
    ],
)
def test_a_lease_follows_the_busiest_day_and_the_pieces(busiest: int, pieces: int, boxes: int, size: int) -> None:
    assert lease_size(busiest, pieces=pieces, boxes=boxes) == size


def test_the_busiest_day_is_that_of_the_last_seven_at_this_screen(
    db: Session, offer: Offer, claimed: ClaimIt, screen: Screen, now: datetime
) -> None:
    for days_ago in (0.1, 0.2, 3.5, 3.6, 3.7, 8, 8.1, 8.2, 8.3):
        at = now - timedelta(days=days_ago)
        claimed(phone=a_phone(db, at), screen_id=screen.id, now=at)
    claimed(phone=a_phone(db, now), screen_id=None)
    assert busiest_days(db, screen.id, now=now) == {offer.id: 3}
    assert busiest_days(db, "another", now=now) == {}
