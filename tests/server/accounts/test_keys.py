from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from server.accounts.keys import (
    KeyForm,
    KeyRevoked,
    OwnersHaveNoKeys,
    good_keys_made_by,
    key_of,
    make_key,
    revoke_key,
)
from server.accounts.models import Role
from server.accounts.people import NoScope, change_person, disable_person
from tests.factories import make_person
from tests.rig.access_endings import form_of


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


def test_a_key_is_good_while_who_made_it_may_make_keys(db: Session, now: datetime) -> None:
    """They saw its secret."""
    make_person(db)
    maker = make_person(db)
    key, secret = make_key(db, KeyForm(name="till", role=Role.OPERATOR), by=maker.id, now=now)
    assert good_keys_made_by(db, maker.id) == [key]
    change_person(db, maker.id, form_of(maker, role=Role.OPERATOR))
    assert key_of(db, secret) is None
    change_person(db, maker.id, form_of(maker, role=Role.OWNER))
    assert key_of(db, secret) == key
    disable_person(db, maker.id, now=now)
    assert (key_of(db, secret), good_keys_made_by(db, maker.id)) == (None, [])
