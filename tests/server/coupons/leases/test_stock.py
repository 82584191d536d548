from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, delete, select

from server.coupons.leases.stock import leased_pieces, put_back, take_again, take_pieces
from server.coupons.models import LeasedState, Offer
from server.coupons.offers import pause_offer, stop_offer
from server.db import OutboxRow
from tests.server.coupons.conftest import MakeOffer
from tests.server.coupons.leases.conftest import Box, leased, stock_left


def test_all_pieces_are_taken_or_none(db: Session, offered: MakeOffer, now: datetime) -> None:
    offer = offered(stock=5)
    assert take_pieces(db, offer.id, 5, now=now)
    assert not take_pieces(db, offer.id, 1, now=now)
    assert not take_again(db, offer.id, now=now)
    assert stock_left(db, offer) == 0
    assert not take_pieces(db, "no such offer", 1, now=now)


def test_an_offer_that_nobody_can_claim_gives_only_the_piece_that_a_phone_has(
    db: Session, offered: MakeOffer, now: datetime
) -> None:
    paused, stopped, archived = offered(), offered(), offered()
    pause_offer(db, paused.id, now=now)
    stop_offer(db, stopped.id, now=now)
    archived.archived_at = now
    db.flush()
    offers = (paused, stopped, archived)
    assert [take_pieces(db, offer.id, 1, now=now) for offer in offers] == [False] * 3
    assert [take_again(db, offer.id, now=now) for offer in offers] == [True] * 3
    assert [stock_left(db, offer) for offer in offers] == [11] * 3


@pytest.mark.parametrize(("pieces", "pushes"), [(3, 1), (0, 0)])
def test_pieces_that_are_put_back_are_announced_to_phones(
    db: Session, offer: Offer, now: datetime, pieces: int, pushes: int
) -> None:
    assert take_pieces(db, offer.id, 5, now=now)
    db.exec(delete(OutboxRow))
    put_back(db, offer.id, pieces, now=now)
    assert stock_left(db, offer) == 7 + pieces
    assert [(row.topic, row.target) for row in db.exec(select(OutboxRow))] == [("stock", offer.id)] * pushes


def test_a_piece_is_at_a_box_until_a_phone_is_known_to_have_it(db: Session, box: Box, offer: Offer) -> None:
    box.renew(offer)
    at_box = leased_pieces(db, offer.id)
    assert at_box == len(leased(db, LeasedState.LEASED)) > 0
    box.hand_out()
    assert leased_pieces(db, offer.id) == at_box
    box.report()
    assert leased_pieces(db, offer.id) == at_box - 1
    assert leased_pieces(db, "no such offer") == 0


def test_never_more_is_put_back_than_there_were(db: Session, offer: Offer, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="ck_offer_stock"):
        put_back(db, offer.id, 1, now=now)
    db.rollback()
