from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from media.phone.tokens import new_token
from server.coupons.wallets.phones import find_or_add_phone, find_phone, phone_of_token, token_hash


def test_a_phone_is_its_token_and_only_the_hash_is_stored(db: Session, now: datetime) -> None:
    token = new_token()
    phone = phone_of_token(db, token, now=now)
    assert phone_of_token(db, token, now=now).id == phone.id
    assert find_phone(db, new_token()) is None
    assert token not in phone.model_dump_json()


def test_only_the_transaction_that_adds_a_phone_sees_it_as_new(db: Session, now: datetime) -> None:
    hashed = token_hash(new_token())
    added, is_new = find_or_add_phone(db, hashed, language=lambda: "zh", now=now)
    assert (is_new, added.language) == (True, "zh")
    again, is_new = find_or_add_phone(db, hashed, language=lambda: "en", now=now)
    assert (is_new, again.id) == (False, added.id)
