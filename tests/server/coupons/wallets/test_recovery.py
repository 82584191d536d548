from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from media.phone.tokens import new_token
from server.coupons.codes.read import NoSuchCode, NoSuchLink
from server.coupons.models import Claim, Phone
from server.coupons.redeem import redeem_claim
from server.coupons.tills import CopyVoided, Till
from server.coupons.wallets.phones import find_phone, phone_of_token
from server.coupons.wallets.recovery import (
    NoSuchRecovery,
    NothingToSave,
    RecoveryHere,
    RecoveryUsed,
    coupons_behind,
    make_recovery_link,
    recover_wallet,
    unused_recovery,
)
from server.coupons.wallets.wallet import LinkVoided, claim_of_link, wallet_of
from tests.server.coupons.conftest import KEYS, ClaimIt, a_phone, live, shows, typed


@pytest.fixture
def other(db: Session, now: datetime) -> Phone:
    return a_phone(db, now)


def moved(db: Session, claim: Claim) -> Claim:
    return db.get_one(Claim, claim.id, populate_existing=True)


def test_the_wallet_moves_to_the_phone_that_opens_the_link(
    db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime
) -> None:
    token = make_recovery_link(db, phone, now=now)
    assert coupons_behind(db, unused_recovery(db, token)) == 1
    assert recover_wallet(db, token, phone=other, keys=KEYS, now=now) == 1
    assert wallet_of(db, phone.id) == []
    assert [entry.claim.id for entry in wallet_of(db, other.id)] == [claim.id]


def test_old_copies_are_void(db: Session, claim: Claim, phone: Phone, other: Phone, till: Till, now: datetime) -> None:
    old_qr, old_code, old_link = live(claim, now), typed(claim, now), shows(claim, now).link
    recover_wallet(db, make_recovery_link(db, phone, now=now), phone=other, keys=KEYS, now=now)
    with pytest.raises(CopyVoided):
        redeem_claim(db, old_qr, till=till, keys=KEYS, now=now)
    with pytest.raises(NoSuchCode):
        redeem_claim(db, old_code, till=till, keys=KEYS, now=now, static_ok=True)
    with pytest.raises(LinkVoided):
        claim_of_link(db, old_link, keys=KEYS)
    assert redeem_claim(db, live(moved(db, claim), now), till=till, keys=KEYS, now=now)


def test_a_link_moves_a_wallet_once(db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime) -> None:
    token = make_recovery_link(db, phone, now=now)
    recover_wallet(db, token, phone=other, keys=KEYS, now=now)
    with pytest.raises(RecoveryUsed):
        recover_wallet(db, token, phone=a_phone(db, now), keys=KEYS, now=now)


def test_a_phone_that_claimed_the_same_offer_itself_keeps_both(
    db: Session, claim: Claim, claimed: ClaimIt, phone: Phone, other: Phone, now: datetime
) -> None:
    own = claimed(phone=other)
    recover_wallet(db, make_recovery_link(db, phone, now=now), phone=other, keys=KEYS, now=now)
    assert {entry.claim.id for entry in wallet_of(db, other.id)} == {claim.id, own.id}
    assert claimed(phone=other).id == own.id


def test_opening_the_link_on_the_same_phone_uses_nothing_up(
    db: Session, claim: Claim, phone: Phone, now: datetime
) -> None:
    token = make_recovery_link(db, phone, now=now)
    with pytest.raises(RecoveryHere):
        recover_wallet(db, token, phone=phone, keys=KEYS, now=now)
    assert unused_recovery(db, token)


@pytest.mark.parametrize("token", ["", "x", "0" * 32])
def test_a_wrong_link_saves_nothing(db: Session, token: str) -> None:
    with pytest.raises(NoSuchRecovery):
        unused_recovery(db, token)


def test_an_empty_wallet_has_nothing_to_save(db: Session, phone: Phone, now: datetime) -> None:
    with pytest.raises(NothingToSave):
        make_recovery_link(db, phone, now=now)


def test_a_link_that_was_guessed_opens_nothing(db: Session, claim: Claim) -> None:
    with pytest.raises(NoSuchLink):
        claim_of_link(db, new_token(), keys=KEYS)


def test_moving_a_wallet_to_and_fro_gives_no_second_piece(
    db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime
) -> None:
    token = new_token()
    emptied = phone_of_token(db, token, now=now)
    recover_wallet(db, make_recovery_link(db, phone, now=now), phone=emptied, keys=KEYS, now=now)
    recover_wallet(db, make_recovery_link(db, emptied, now=now), phone=other, keys=KEYS, now=now)
    assert find_phone(db, token) is None
    assert phone_of_token(db, token, now=now).id != emptied.id
