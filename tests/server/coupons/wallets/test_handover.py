"""A phone that leaves the box's WiFi takes its coupons along to the server's page.

Covers: server.coupons.wallets.moving
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, func, select

from server.coupons.models import Claim, MovedPhone, Phone
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.handover import (
    GOOD_FOR,
    NoSuchHandover,
    make_handover,
    phone_of_handover,
    take_over,
)
from server.coupons.wallets.moving import REMEMBERED_FOR, forget_moved_phones, holder_of
from server.coupons.wallets.recovery import make_recovery_link, recover_wallet
from server.coupons.wallets.wallet import claim_of_link, wallet_of
from tests.server.coupons.conftest import KEYS, a_phone, live, shows


@pytest.fixture
def other(db: Session, now: datetime) -> Phone:
    return a_phone(db, now)


def ids(db: Session, phone: Phone) -> list[str]:
    return [entry.claim.id for entry in wallet_of(db, phone.id)]


def test_the_coupons_come_along_and_what_was_opened_before_stays_good(
    db: Session, claim: Claim, phone: Phone, other: Phone, till: Till, now: datetime
) -> None:
    link, qr = shows(claim, now).link, live(claim, now)
    token = make_handover(phone.token_hash, keys=KEYS, now=now)
    left = phone_of_handover(token, keys=KEYS, now=now)
    assert [take_over(db, left, to=other, now=now) for _ in range(2)] == [1, 0]
    assert (ids(db, phone), ids(db, other)) == ([], [claim.id])
    assert claim_of_link(db, link, keys=KEYS).claim.id == claim.id
    assert redeem_claim(db, qr, till=till, keys=KEYS, now=now)


def test_a_strangers_token_gives_and_takes_nothing(
    db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime
) -> None:
    """An address with a stranger's token must neither empty this wallet nor show it to the stranger."""
    left = phone_of_handover(make_handover(other.token_hash, keys=KEYS, now=now), keys=KEYS, now=now)
    assert take_over(db, left, to=phone, now=now) == 0
    assert (ids(db, phone), ids(db, other)) == ([claim.id], [])


def test_a_phones_own_token_moves_nothing(db: Session, claim: Claim, phone: Phone, now: datetime) -> None:
    assert take_over(db, phone.token_hash, to=phone, now=now) == 0
    assert ids(db, phone) == [claim.id]
    assert db.exec(select(func.count()).select_from(MovedPhone)).one() == 0


def test_a_token_that_was_changed_opens_nothing(phone: Phone, now: datetime) -> None:
    token = make_handover(phone.token_hash, keys=KEYS, now=now)
    flipped = token[:-1] + ("0" if token[-1] != "0" else "1")
    for changed in ("", token * 2, token.upper(), flipped, "0" * 64 + token[64:]):
        with pytest.raises(NoSuchHandover):
            phone_of_handover(changed, keys=KEYS, now=now)


def test_a_token_ends_after_a_day_and_its_end_is_signed(phone: Phone, now: datetime) -> None:
    token = make_handover(phone.token_hash, keys=KEYS, now=now)
    assert phone_of_handover(token, keys=KEYS, now=now + GOOD_FOR) == phone.token_hash
    with pytest.raises(NoSuchHandover):
        phone_of_handover(token, keys=KEYS, now=now + GOOD_FOR + timedelta(seconds=1))
    name, ends, mac = token.split(".")
    with pytest.raises(NoSuchHandover):
        phone_of_handover(f"{name}.{int(ends) + 1}.{mac}", keys=KEYS, now=now)


def test_a_phone_that_the_server_does_not_know_yet_is_remembered(db: Session, other: Phone, now: datetime) -> None:
    """It claimed at a box without uplink only, and left before the box reported it."""
    assert take_over(db, "c" * 64, to=other, now=now) == 0
    assert holder_of(db, "c" * 64, claimed_at=now - timedelta(minutes=5), now=now + timedelta(hours=1)) == other.id


def test_a_repeat_is_one_move(db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime) -> None:
    """And it takes along what the same token has claimed anew meanwhile."""
    hashed = phone.token_hash
    for hour in range(3):
        take_over(db, hashed, to=other, now=now + timedelta(hours=hour))
    [moved] = db.exec(select(MovedPhone)).all()
    assert (moved.moved_to, moved.moved_at) == (other.id, now + timedelta(hours=2))


def test_what_a_box_reports_later_goes_where_the_phone_went(
    db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime
) -> None:
    """Claimed offline, reported after the phone had moved twice; what it claims after that is its own again."""
    hashed, last = phone.token_hash, a_phone(db, now)
    before, after = now - timedelta(hours=1), now + timedelta(minutes=1)
    take_over(db, phone.token_hash, to=other, now=now)
    recover_wallet(db, make_recovery_link(db, other, now=now), phone=last, keys=KEYS, now=now)
    assert holder_of(db, hashed, claimed_at=before, now=after) == last.id
    assert holder_of(db, hashed, claimed_at=after, now=after) not in (phone.id, other.id, last.id)
    assert holder_of(db, last.token_hash, claimed_at=before, now=after) == last.id


def test_moved_phones_are_forgotten_after_sixty_days(
    db: Session, claim: Claim, phone: Phone, other: Phone, now: datetime
) -> None:
    take_over(db, phone.token_hash, to=other, now=now)
    forget_moved_phones(db, now=now + REMEMBERED_FOR)
    assert db.exec(select(func.count()).select_from(MovedPhone)).one() == 1
    forget_moved_phones(db, now=now + REMEMBERED_FOR + timedelta(seconds=1))
    assert db.exec(select(func.count()).select_from(MovedPhone)).one() == 0
