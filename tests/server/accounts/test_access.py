from __future__ import annotations

import pytest
from sqlmodel import Session

from server.accounts.access import Access, is_open
from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import Role
from server.accounts.people import disable_person, end_access
from server.accounts.sessions import end_session
from tests.factories import NOON, make_access, make_person


def test_a_session_is_open_until_it_ends(db: Session) -> None:
    ada = make_person(db)
    access = make_access(db, ada)
    assert is_open(db, access)
    end_session(db, access.session or "", person_id=ada.id)
    assert not is_open(db, access)


def test_a_person_who_was_signed_out_everywhere_or_disabled_has_no_open_session(db: Session) -> None:
    make_person(db)
    signed_out, disabled = make_person(db), make_person(db)
    accesses = [make_access(db, person) for person in (signed_out, disabled)]
    end_access(db, signed_out.id)
    disable_person(db, disabled.id, now=NOON)
    assert [is_open(db, access) for access in accesses] == [False, False]


def test_a_key_is_open_until_it_is_revoked(db: Session) -> None:
    key, _secret = make_key(db, KeyForm(name="a machine", role=Role.OPERATOR), now=NOON)
    assert is_open(db, Access(who=key.id))
    revoke_key(db, key.id, now=NOON)
    assert not is_open(db, Access(who=key.id))


@pytest.mark.parametrize("changed", [{"session": None}, {"session": ""}, {"session": "no such"}, {"epoch": None}])
def test_an_access_that_names_no_session_of_its_person_is_not_open(db: Session, changed: dict[str, str | None]) -> None:
    access = make_access(db, make_person(db))
    assert not is_open(db, access.model_copy(update=changed))
    assert not is_open(db, Access(who="nobody", epoch=0))
