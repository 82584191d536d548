from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from server.accounts.keys import KeyForm, KeyRevoked, OwnersHaveNoKeys, key_of, make_key, revoke_key
from server.accounts.models import Role
from server.accounts.people import NoScope


def test_a_key_is_known_by_its_secret_until_it_is_revoked(db: Session, now: datetime) -> None:
    key, secret = make_key(db, KeyForm(name="till", role=Role.VIEWER), now=now)
    assert key_of(db, secret) == key
    revoke_key(db, key.id, now=now)
    assert key_of(db, secret) is None
    with pytest.raises(KeyRevoked):
        revoke_key(db, key.id, now=now)


def test_the_secret_is_not_kept(db: Session, now: datetime) -> None:
    key, secret = make_key(db, KeyForm(name="till", role=Role.VIEWER), now=now)
    assert secret not in key.model_dump_json()
    assert key_of(db, key.key_hash) is None


def test_no_machine_is_an_owner() -> None:
    with pytest.raises(OwnersHaveNoKeys):
        KeyForm(name="till", role=Role.OWNER)


def test_a_tills_key_names_its_merchant() -> None:
    with pytest.raises(NoScope):
        KeyForm(name="till", role=Role.STAFF)
