from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, func, select

from server.coupons.archive import archive_offer
from server.coupons.leases.renew import LASTS, NONE_AFTER_COPY
from server.coupons.leases.size import LEAST
from server.coupons.models import Claim, LeasedState, Offer
from server.coupons.offers import StockBelowOut, change_offer, pause_offer, resume_offer, stop_offer
from server.coupons.validity import claim_expiry
from server.db import OutboxRow
from server.screens.models import Player
from tests.server.coupons.conftest import ClaimIt, a_phone, offer_form
from tests.server.coupons.leases.conftest import Box, leased, stock_left


def test_leased_claims_are_out_of_the_stock_and_claimed_by_nobody(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    assert len(box.unused) == len(leased(db)) == LEAST
    assert stock_left(db, offer) == 12 - LEAST
    assert db.exec(select(func.count()).select_from(Claim)).one() == 0
    assert ("stock", offer.id) in [(row.topic, row.target) for row in db.exec(select(OutboxRow))]


def test_a_renewal_makes_up_for_what_was_handed_out(db: Session, box: Box, offered: Any) -> None:
    offer = offered(stock=100)
    box.renew(offer)
    box.renew(offer)
    box.hand_out("one")
    box.hand_out("two")
    box.report()
    box.renew(offer)
    assert len(box.unused) == LEAST
    assert stock_left(db, offer) == 100 - LEAST - 2


def test_a_claim_that_was_handed_out_and_not_reported_is_not_sent_again(box: Box, offered: Any) -> None:
    offer = offered(stock=100)
    box.renew(offer)
    box.renew(offer)  # the box says that it has them
    out = box.hand_out()
    box.renew(offer)
    assert out.claim not in box.unused


def test_an_answer_that_was_lost_is_sent_again(box: Box, offer: Offer) -> None:
    lost = box.request(offer)
    box.renew(offer)
    assert box.unused == [claim.id for claim in lost.leases[0].claims]


def test_a_repeated_request_returns_pieces_once(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    pause_offer(db, offer.id, now=box.now)
    box.renew(offer)
    assert (len(box.returned), box.unused) == (LEAST, [])
    box.request(offer)
    box.request(offer)
    assert stock_left(db, offer) == 12
    assert len(leased(db, LeasedState.RETURNED)) == LEAST


@pytest.mark.parametrize("end", [pause_offer, stop_offer, archive_offer])
def test_an_offer_that_is_not_open_is_handed_out_no_more(
    db: Session, box: Box, offer: Offer, end: Callable[..., Any]
) -> None:
    box.renew(offer)
    end(db, offer.id, now=box.now)
    assert box.renew(offer).leases == []
    box.renew(offer)
    assert stock_left(db, offer) == 12


def test_a_piece_is_in_the_stock_only_when_the_box_has_deleted_it(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    pause_offer(db, offer.id, now=box.now)
    box.renew(offer)
    assert stock_left(db, offer) == 12 - LEAST
    resume_offer(db, offer.id, now=box.now)
    box.renew(offer)
    assert stock_left(db, offer) == 12 - LEAST  # the old ones returned, as many new ones were made


def test_a_box_that_was_moved_returns_the_offers_of_its_old_screen(db: Session, box: Box, offered: Any) -> None:
    old, new = offered(), offered()
    box.renew(old)
    box.renew(new)
    box.renew(new)
    assert (stock_left(db, old), stock_left(db, new)) == (12, 12 - LEAST)


def test_boxes_share_scarce_pieces(db: Session, box: Box, another_box: Callable[[], Box], offered: Any) -> None:
    offer = offered(stock=10)
    boxes = [box, *(another_box() for _ in range(4))]
    for _ in range(3):
        for each in boxes:
            each.renew(offer)
    assert [len(each.unused) for each in boxes] == [1] * 5
    assert stock_left(db, offer) == 5


def test_the_last_pieces_move_from_the_boxes_into_the_stock(
    db: Session, box: Box, offered: Any, claimed: ClaimIt
) -> None:
    offer = offered(stock=8)
    box.renew(offer)
    assert stock_left(db, offer) == 4
    for _ in range(8):
        while stock_left(db, offer):
            claimed(offer, phone=a_phone(db, box.now))
        box.renew(offer)
    assert (box.unused, leased(db), stock_left(db, offer)) == ([], [], 0)
    assert db.exec(select(func.count()).select_from(Claim)).one() == 8


def test_the_stock_is_never_set_below_what_boxes_hold(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    with pytest.raises(StockBelowOut):
        change_offer(db, offer.id, offer_form(stock=LEAST - 1), now=box.now)


def test_a_lease_lasts_for_more_than_a_week_and_is_extended_daily(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    assert box.renew(offer).leases[0].lease.expires_at == now + LASTS
    assert box.renew(offer, at=now + timedelta(hours=23)).leases[0].lease.expires_at == now + LASTS
    later = now + timedelta(hours=25)
    assert box.renew(offer, at=later).leases[0].lease.expires_at == later + LASTS
    assert {claim.expires_at for claim in leased(db)} == {claim_expiry(offer, "Asia/Shanghai", later + LASTS)}


def test_a_lease_ends_with_its_offer(box: Box, offered: Any, now: datetime) -> None:
    end = now + timedelta(days=2)
    assert box.renew(offered(claim_until=end)).leases[0].lease.expires_at == end


def test_a_copied_box_gets_nothing_and_is_requested_to_return_all(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    box.renew(offer)
    box.player.clone_at = now
    assert box.renew(offer).leases == []
    box.renew(offer)
    assert stock_left(db, offer) == 12
    assert len(box.renew(offer, at=now + NONE_AFTER_COPY + timedelta(seconds=1)).leases[0].claims) == LEAST


def test_a_box_that_holds_what_its_copy_gave_away_is_noticed(
    db: Session, box: Box, offer: Offer, now: datetime
) -> None:
    box.renew(offer)
    copy = Box(db, box.screen, now, player=box.player)
    copy.unused = [*box.unused]
    given = copy.hand_out()
    copy.report()
    box.renew(offer, at=now + timedelta(minutes=11))
    assert given.claim not in box.unused
    assert db.get_one(Player, box.player.id).clone_at == now + timedelta(minutes=11)


def test_a_request_that_was_under_way_during_a_hand_out_makes_no_copy(box: Box, offer: Offer, now: datetime) -> None:
    box.renew(offer)
    given = box.hand_out()
    box.report()
    box.unused.append(given.claim)
    box.renew(offer, at=now + timedelta(seconds=20))
    assert box.player.clone_at is None
