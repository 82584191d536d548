"""Each pair of doings that meet at one claim or one stock, on real threads and both databases.

Shops have lost these races in public: one voucher used by two buyers, a limit of 1,000 used 1,500 times, a counter
that was read, changed and written back, an update by primary key alone.

Covers: server.coupons.claims, server.coupons.offers, server.coupons.redeem, server.coupons.reverse
Covers: server.coupons.wallets.recovery
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from server.coupons.claims import OfferNotOpen, OfferSoldOut, claim_offer
from server.coupons.codes.read import NoSuchCode, read_shown
from server.coupons.models import Claim, Offer, Phone, Redemption, Reversal
from server.coupons.offers import StockBelowOut, change_offer, stop_offer
from server.coupons.redeem import AlreadyRedeemed, redeem_claim
from server.coupons.reverse import AlreadyReversed, reverse_redemption
from server.coupons.tills import CopyVoided, Till
from server.coupons.wallets.recovery import RecoveryUsed, make_recovery_link, recover_wallet
from server.coupons.wallets.wallet import copy_of
from server.db import new_id, transaction
from tests.rig.phones.racing import race
from tests.server.coupons.conftest import KEYS, a_phone, offer_form

RACERS = 12
OWNER = Till(merchant_id=None, name="till 1")


@pytest.fixture
def phones(engine: Engine, now: datetime) -> list[Phone]:
    with transaction(engine) as db:
        return [a_phone(db, now) for _ in range(RACERS)]


@pytest.fixture
def claim_by(now: datetime) -> Callable[..., Any]:
    def claim(db: Session, offer: Offer, phone: Phone, key: str | None = None) -> Claim:
        wish: dict[str, Any] = {"presence": "", "screen_id": None, "keys": KEYS, "now": now}
        return claim_offer(db, offer.id, phone=phone, idempotency_key=key or new_id(), **wish)

    return claim


@pytest.fixture
def claimed(engine: Engine, make: Any, phones: list[Phone], claim_by: Any) -> Claim:
    offer = make()
    with transaction(engine) as db:
        return claim_by(db, offer, phones[0])


@pytest.fixture
def redeem(now: datetime) -> Callable[..., Any]:
    def do(db: Session, claim: Claim, key: str | None = None) -> str:
        shown = read_shown(copy_of(claim, KEYS, now).qr)
        return redeem_claim(db, shown, till=OWNER, keys=KEYS, now=now, idempotency_key=key).redemption.id

    return do


@pytest.fixture
def reverse(now: datetime) -> Callable[..., Any]:
    return lambda db, redemption_id: reverse_redemption(db, redemption_id, till=OWNER, reason="Race", now=now)


def won(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, Exception)]


def lost(results: list[Any]) -> Counter[type]:
    return Counter(type(result) for result in results if isinstance(result, Exception))


def stock_left(engine: Engine, offer: Offer) -> int:
    with transaction(engine) as db:
        return db.get_one(Offer, offer.id).stock_left


def standing(engine: Engine, claim: Claim) -> int:
    """Redemptions of the claim that were not reversed."""
    with transaction(engine) as db:
        query = (
            select(func.count())
            .select_from(Redemption)
            .outerjoin(Reversal, col(Reversal.redemption_id) == Redemption.id)
        )
        return db.exec(query.where(col(Redemption.claim_id) == claim.id, col(Reversal.id).is_(None))).one()


def marked(engine: Engine, claim: Claim) -> bool:
    with transaction(engine) as db:
        return db.get_one(Claim, claim.id).redeemed_at is not None


@pytest.mark.parametrize("stock", [1, 5])
def test_phones_racing_for_the_last_pieces_get_exactly_those(
    engine: Engine, make: Any, phones: list[Phone], claim_by: Any, stock: int
) -> None:
    offer = make(stock=stock)
    results = race(engine, [partial(claim_by, offer=offer, phone=phone) for phone in phones])
    assert len(won(results)) == stock
    assert lost(results) == {OfferSoldOut: RACERS - stock}
    assert stock_left(engine, offer) == 0


def test_the_same_key_sent_many_times_at_once_is_one_claim(
    engine: Engine, make: Any, phones: list[Phone], claim_by: Any
) -> None:
    offer = make(stock=1)
    results = race(engine, [partial(claim_by, offer=offer, phone=phones[0], key="k")] * RACERS)
    assert len({claim.id for claim in won(results)}) == 1
    assert len(won(results)) == RACERS
    assert stock_left(engine, offer) == 0


@pytest.mark.parametrize("limit", [1, 3])
def test_one_phone_racing_itself_stays_within_its_limit(
    engine: Engine, make: Any, phones: list[Phone], claim_by: Any, limit: int
) -> None:
    offer = make(stock=12, per_phone=limit)
    results = race(engine, [partial(claim_by, offer=offer, phone=phones[0])] * RACERS)
    assert len({claim.id for claim in won(results)}) == limit
    assert stock_left(engine, offer) == 12 - limit


def test_one_key_for_two_offers_at_once_claims_only_one(
    engine: Engine, make: Any, phones: list[Phone], claim_by: Any
) -> None:
    offers = [make(), make()]
    results = race(engine, [partial(claim_by, offer=offers[n % 2], phone=phones[0], key="k") for n in range(RACERS)])
    assert len({claim.id for claim in won(results)}) == 1
    assert sum(stock_left(engine, offer) for offer in offers) == 23


def test_stock_lowered_while_phones_claim_is_never_below_the_claimed_pieces(
    engine: Engine, make: Any, phones: list[Phone], claim_by: Any, now: datetime
) -> None:
    offer = make(stock=RACERS)
    lower = partial(change_offer, offer_id=offer.id, form=offer_form(stock=3), now=now)
    results = race(engine, [lower, *(partial(claim_by, offer=offer, phone=phone) for phone in phones)])
    claims = [result for result in won(results) if isinstance(result, Claim)]
    with transaction(engine) as db:
        after = db.get_one(Offer, offer.id)
    assert after.stock - after.stock_left == len(claims)
    assert after.stock == (RACERS if lost(results)[StockBelowOut] else 3)


def test_a_stop_lets_no_later_claim_through(
    engine: Engine, make: Any, phones: list[Phone], claim_by: Any, now: datetime
) -> None:
    offer = make(stock=RACERS)
    stop = partial(stop_offer, offer_id=offer.id, now=now)
    results = race(engine, [*(partial(claim_by, offer=offer, phone=phone) for phone in phones), stop])
    claims = [result for result in won(results) if isinstance(result, Claim)]
    assert stock_left(engine, offer) == RACERS - len(claims)
    assert set(lost(results)) <= {OfferNotOpen}


def test_tills_racing_for_one_coupon_use_it_once(engine: Engine, claimed: Claim, redeem: Any) -> None:
    results = race(engine, [partial(redeem, claim=claimed)] * RACERS)
    assert len(won(results)) == 1
    assert lost(results) == {AlreadyRedeemed: RACERS - 1}
    assert standing(engine, claimed) == 1
    assert marked(engine, claimed)


def test_one_till_sending_the_same_key_many_times_redeems_once(engine: Engine, claimed: Claim, redeem: Any) -> None:
    results = race(engine, [partial(redeem, claim=claimed, key="k")] * RACERS)
    assert len(won(results)) == RACERS
    assert len(set(results)) == 1


def test_a_redemption_is_taken_back_once(engine: Engine, claimed: Claim, redeem: Any, reverse: Any) -> None:
    (redemption_id,) = race(engine, [partial(redeem, claim=claimed)])
    results = race(engine, [partial(reverse, redemption_id=redemption_id)] * RACERS)
    assert len(won(results)) == 1
    assert lost(results) == {AlreadyReversed: RACERS - 1}
    assert not marked(engine, claimed)


def test_reversals_racing_redemptions_leave_the_coupon_in_one_state(
    engine: Engine, claimed: Claim, redeem: Any, reverse: Any
) -> None:
    (first,) = race(engine, [partial(redeem, claim=claimed)])
    pair = [partial(redeem, claim=claimed), partial(reverse, redemption_id=first)]
    results = race(engine, pair * (RACERS // 2))
    assert lost(results)[AlreadyReversed] == RACERS // 2 - 1
    assert standing(engine, claimed) == int(marked(engine, claimed)) <= 1


def test_a_coupon_that_moves_while_a_till_scans_it_is_used_at_most_once(
    engine: Engine, claimed: Claim, phones: list[Phone], redeem: Any, now: datetime
) -> None:
    with transaction(engine) as db:
        token = make_recovery_link(db, phones[0], now=now)
    recover = partial(recover_wallet, token=token, phone=phones[1], keys=KEYS, now=now)
    results = race(engine, [recover, *[partial(redeem, claim=claimed)] * (RACERS - 1)])
    assert set(lost(results)) <= {AlreadyRedeemed, CopyVoided, NoSuchCode}
    assert standing(engine, claimed) == int(marked(engine, claimed)) <= 1


def test_phones_racing_for_one_wallet_move_it_once(
    engine: Engine, claimed: Claim, phones: list[Phone], now: datetime
) -> None:
    with transaction(engine) as db:
        token = make_recovery_link(db, phones[0], now=now)
    takers = [partial(recover_wallet, token=token, phone=phone, keys=KEYS, now=now) for phone in phones[1:]]
    results = race(engine, takers)
    assert won(results) == [1]
    assert lost(results) == {RecoveryUsed: RACERS - 2}
    with transaction(engine) as db:
        assert db.get_one(Claim, claimed.id).epoch == 1
