"""Every change that ends what a person was let in by so far: sessions, links and upload tickets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from server.accounts.models import Person, Role
from server.accounts.people import PersonForm, change_person, disable_person, enable_person, end_access, set_password
from server.db import utc_now


def form_of(person: Person, **changes: Any) -> PersonForm:
    """The form of this person as they are, but for these changes."""
    return PersonForm.model_validate(person.model_dump(include=set(PersonForm.model_fields)) | changes)


def disable_and_enable(db: Session, person: Person) -> None:
    disable_person(db, person.id, now=utc_now())
    enable_person(db, person.id)


# They take an operator; that there is another owner does not matter.
ENDINGS: dict[str, Callable[[Session, Person], object]] = {
    "disabled": lambda db, person: disable_person(db, person.id, now=utc_now()),
    "disabled and enabled again": disable_and_enable,
    "another role": lambda db, person: change_person(db, person.id, form_of(person, role=Role.VIEWER)),
    "another address": lambda db, person: change_person(db, person.id, form_of(person, email="b@example.org")),
    "another password": lambda db, person: set_password(db, person, "hash"),
    "signed out everywhere": lambda db, person: end_access(db, person.id),
}
