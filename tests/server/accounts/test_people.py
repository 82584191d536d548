from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session

from server.accounts.models import Person, Role
from server.accounts.people import (
    AccessChanged,
    EmailTaken,
    LastOwner,
    NoScope,
    PersonForm,
    add_person,
    change_person,
    disable_person,
    enable_person,
    end_access,
    person_by_email,
    set_password,
)
from server.db import transaction
from tests.factories import make_person

VIEWER = PersonForm(name=" Viewer ", email=" Viewer@Example.org", role=Role.VIEWER)


def test_an_address_is_known_however_it_is_written(db: Session, now: datetime) -> None:
    add_person(db, VIEWER, now=now)
    found = person_by_email(db, "VIEWER@example.org ")
    assert found is not None
    assert (found.name, found.email) == ("Viewer", "viewer@example.org")


def test_two_people_never_share_an_address(db: Session, now: datetime) -> None:
    add_person(db, VIEWER, now=now)
    with pytest.raises(EmailTaken):
        add_person(db, VIEWER, now=now)
    other = make_person(db, role=Role.OPERATOR)
    with pytest.raises(EmailTaken):
        change_person(db, other.id, VIEWER)


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "@example.org"])
def test_a_text_that_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        PersonForm(name="X", email=email, role=Role.VIEWER)


@pytest.mark.parametrize("role", [Role.ADVERTISER, Role.MERCHANT, Role.STAFF])
def test_a_role_with_a_scope_requires_one(role: Role) -> None:
    with pytest.raises(NoScope):
        PersonForm(name="X", email="x@example.org", role=role)


def test_a_person_who_becomes_an_operator_loses_the_scope(db: Session) -> None:
    person = make_person(db, role=Role.ADVERTISER, advertiser_id="A" * 26)
    form = PersonForm(name="X", email=person.email, role=Role.OPERATOR, advertiser_id="A" * 26)
    assert change_person(db, person.id, form).advertiser_id is None


def test_the_last_owner_can_neither_leave_nor_step_down(db: Session, now: datetime) -> None:
    owner = make_person(db, role=Role.OWNER)
    with pytest.raises(LastOwner):
        disable_person(db, owner.id, now=now)
    with pytest.raises(LastOwner):
        change_person(db, owner.id, PersonForm(name="X", email=owner.email, role=Role.VIEWER))
    make_person(db, role=Role.OWNER)
    assert disable_person(db, owner.id, now=now).disabled_at == now


def test_a_disabled_owner_does_not_count_as_the_other_one(db: Session, now: datetime) -> None:
    first, second = make_person(db), make_person(db)
    disable_person(db, first.id, now=now)
    with pytest.raises(LastOwner):
        disable_person(db, second.id, now=now)
    enable_person(db, first.id)
    disable_person(db, second.id, now=now)


def test_a_password_is_not_set_for_whom_something_else_shut_out_meanwhile(engine: Engine, now: datetime) -> None:
    with transaction(engine) as db:
        make_person(db)
        as_read = make_person(db)
    for shut_out in (lambda db: end_access(db, as_read.id), lambda db: disable_person(db, as_read.id, now=now)):
        with transaction(engine) as db:
            shut_out(db)
        with pytest.raises(AccessChanged), transaction(engine) as db:
            set_password(db, as_read, "hash")
    with transaction(engine) as db:
        assert db.get_one(Person, as_read.id).password_hash == ""
