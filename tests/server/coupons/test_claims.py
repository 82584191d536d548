from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, func, select

from server.coupons.claims import (
    AlreadyClaimed,
    KeyAsked,
    KeyReused,
    OfferNotOpen,
    OfferNotShownHere,
    OfferSoldOut,
    Presence,
    PresenceAsked,
)
from server.coupons.models import Claim, Offer
from server.coupons.offers import NoSuchOffer, pause_offer
from server.db import OutboxRow
from server.screens.models import Screen
from tests.server.coupons.conftest import ClaimIt, a_phone


def test_a_claim_takes_one_piece(db: Session, offer: Offer, claim: Claim) -> None:
    db.refresh(offer)
    assert offer.stock_left == 11
    assert db.get_one(Claim, claim.id).phone_id == claim.phone_id


def test_a_claim_is_announced_to_phones(db: Session, offer: Offer, claim: Claim) -> None:
    assert [(row.topic, row.target) for row in db.exec(select(OutboxRow))] == [("stock", offer.id)]


def test_the_same_key_gives_the_same_claim(db: Session, offer: Offer, claimed: ClaimIt) -> None:
    assert claimed(idempotency_key="k").id == claimed(idempotency_key="k").id
    db.refresh(offer)
    assert offer.stock_left == 11


def test_the_same_key_still_gives_the_claim_when_the_offer_has_closed(
    db: Session, offer: Offer, claimed: ClaimIt, now: datetime
) -> None:
    first = claimed(idempotency_key="k")
    pause_offer(db, offer.id, now=now)
    assert claimed(idempotency_key="k").id == first.id


def test_a_key_is_for_one_request(offered: Any, claimed: ClaimIt, screen: Screen) -> None:
    claimed(idempotency_key="k")
    with pytest.raises(KeyReused):
        claimed(offered(), idempotency_key="k")
    with pytest.raises(KeyReused):
        claimed(idempotency_key="k", screen_id=screen.id)


@pytest.mark.parametrize("key", ["", "k" * 65, "a\nb"])
def test_a_claim_needs_a_usable_key(claimed: ClaimIt, key: str) -> None:
    with pytest.raises(KeyAsked):
        claimed(idempotency_key=key)


def test_two_phones_may_choose_the_same_key(db: Session, claimed: ClaimIt, now: datetime) -> None:
    first, second = claimed(idempotency_key="1"), claimed(idempotency_key="1", phone=a_phone(db, now))
    assert first.id != second.id


def test_a_second_claim_of_an_offer_for_one_each_returns_the_first(db: Session, offer: Offer, claimed: ClaimIt) -> None:
    assert claimed().id == claimed().id
    db.refresh(offer)
    assert offer.stock_left == 11


def test_a_phone_gets_no_more_than_its_limit(db: Session, offered: Any, claimed: ClaimIt) -> None:
    offer = offered(per_phone=2)
    assert [claimed(offer).nth, claimed(offer).nth] == [1, 2]
    with pytest.raises(AlreadyClaimed):
        claimed(offer)
    db.refresh(offer)
    assert offer.stock_left == 10


def test_stock_is_never_oversold(db: Session, offered: Any, claimed: ClaimIt, now: datetime) -> None:
    offer = offered(stock=1)
    claimed(offer)
    with pytest.raises(OfferSoldOut):
        claimed(offer, phone=a_phone(db, now))
    assert db.exec(select(func.count()).select_from(Claim)).one() == 1


def test_a_closed_offer_cannot_be_claimed(db: Session, offer: Offer, claimed: ClaimIt, now: datetime) -> None:
    pause_offer(db, offer.id, now=now)
    with pytest.raises(OfferNotOpen):
        claimed()


def test_claiming_has_its_window(offered: Any, claimed: ClaimIt, now: datetime) -> None:
    offer = offered(claim_from=now, claim_until=now + timedelta(hours=1))
    with pytest.raises(OfferNotOpen):
        claimed(offer, now=now - timedelta(seconds=1))
    with pytest.raises(OfferNotOpen):
        claimed(offer, now=now + timedelta(hours=1))
    assert claimed(offer)


def test_an_unknown_offer_is_refused(claimed: ClaimIt) -> None:
    with pytest.raises(NoSuchOffer):
        claimed(Offer(id="nothing", merchant_id="m", title="t", stock=1, stock_left=1, created_at=None))


def test_an_offer_for_people_at_the_screen_requires_the_strips_token(
    offered: Any, claimed: ClaimIt, screen: Screen, strip_token: str
) -> None:
    offer = offered(presence=True)
    for absent in (
        {},
        {"screen_id": screen.id},
        {"presence": strip_token},
        {"screen_id": screen.id, "presence": "old"},
    ):
        with pytest.raises(PresenceAsked):
            claimed(offer, **absent)
    assert claimed(offer, screen_id=screen.id, presence=strip_token).presence == Presence.TOKEN


def test_a_token_of_half_an_hour_ago_is_too_old(
    offered: Any, claimed: ClaimIt, screen: Screen, strip_token: str, now: datetime
) -> None:
    with pytest.raises(PresenceAsked):
        claimed(offered(presence=True), screen_id=screen.id, presence=strip_token, now=now + timedelta(minutes=40))


def test_the_token_of_a_screen_proves_nothing_for_an_offer_that_it_does_not_show(
    offered: Any, claimed: ClaimIt, screen: Screen, strip_token: str
) -> None:
    at_screen = {"screen_id": screen.id, "presence": strip_token, "is_shown": lambda *_offer_there: False}
    with pytest.raises(OfferNotShownHere):
        claimed(offered(presence=True), **at_screen)
    assert claimed(offered(), **at_screen).presence == Presence.NONE


def test_presence_is_counted_apart_where_it_is_not_required(
    db: Session, claimed: ClaimIt, screen: Screen, strip_token: str, now: datetime
) -> None:
    assert claimed(screen_id=screen.id, presence="old").presence == Presence.NONE
    at_screen = claimed(screen_id=screen.id, presence=strip_token, phone=a_phone(db, now))
    assert (at_screen.presence, at_screen.screen_id) == (Presence.TOKEN, screen.id)
