from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from media.phone.tokens import new_token
from server.coupons.wallets.phones import find_phone, phone_of_token


def test_a_phone_is_its_token_and_only_the_hash_is_stored(db: Session, now: datetime) -> None:
    token = new_token()
    phone = phone_of_token(db, token, now=now)
    assert phone_of_token(db, token, now=now).id == phone.id
    assert find_phone(db, new_token()) is None
    assert token not in phone.model_dump_json()
