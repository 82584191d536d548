"""People who sign in: made, invited, changed, disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from server.accounts.models import Person, Role
from server.db import get_or_raise, insert_once
from server.errors import Conflict, Invalid, Missing
from server.paging import Page, PageRequest, has_words, page_of, sorted_by_name

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.?[^@\s]+$"),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


# The columns that sessions, links and upload tickets depend on; the database increments the epoch.
ACCESS = ("email", "role", "advertiser_id", "merchant_id")
ENDS_ACCESS: dict[str, Any] = {"session_epoch": col(Person.session_epoch) + 1}


class NoSuchPerson(Missing):
    """There is no such person. Look at the list of people."""


class EmailTaken(Conflict):
    """Someone with this e-mail address is here already. Change that person, or use another address."""


class LastOwner(Conflict):
    """This is the last owner. Make someone else an owner first."""


class AccessChanged(Conflict):
    """Your access was changed in the meantime. Sign in again."""


class NoScope(Invalid):
    """This role belongs to one advertiser or one merchant. Choose which."""


class PersonForm(BaseModel):
    """A person who is invited, or the new values of a person."""

    model_config = ConfigDict(frozen=True)

    name: Name
    email: Email
    role: Role
    advertiser_id: str | None = Field(default=None, max_length=26)
    merchant_id: str | None = Field(default=None, max_length=26)

    @model_validator(mode="after")
    def _role_has_its_scope(self) -> Self:
        if self.role is Role.ADVERTISER and not self.advertiser_id:
            raise NoScope
        if self.role in (Role.MERCHANT, Role.STAFF) and not self.merchant_id:
            raise NoScope
        return self

    def row(self) -> dict[str, Any]:
        """The columns: a role without a scope has no advertiser and no merchant."""
        scope: dict[str, str | None] = {"advertiser_id": None, "merchant_id": None}
        if self.role is Role.ADVERTISER:
            scope["advertiser_id"] = self.advertiser_id
        if self.role in (Role.MERCHANT, Role.STAFF):
            scope["merchant_id"] = self.merchant_id
        return {"name": self.name, "email": self.email, "role": self.role, **scope}


def add_person(db: Session, form: PersonForm, *, now: datetime, password_hash: str = "") -> Person:
    """A new person; without a password they cannot sign in until an invitation gave them one."""
    person = Person(**form.row(), password_hash=password_hash, created_at=now)
    if not insert_once(db, person):
        raise EmailTaken
    return person


def change_person(db: Session, person_id: str, form: PersonForm) -> Person:
    """Another name changes nothing else; another address, role or scope ends this person's access so far."""
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    taken = select(Person.id).where(Person.email == form.email, Person.id != person_id)
    if db.exec(taken).first():
        raise EmailTaken
    values = form.row()
    if any(values[name] != getattr(person, name) for name in ACCESS):
        values |= ENDS_ACCESS
    _change(db, person, values, keeps_owner=form.role is Role.OWNER)
    return person


def disable_person(db: Session, person_id: str, *, now: datetime) -> Person:
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    _change(db, person, {"disabled_at": now, **ENDS_ACCESS}, keeps_owner=False)
    return person


def enable_person(db: Session, person_id: str) -> Person:
    """May sign in again; the sessions and links from before stay ended."""
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    _change(db, person, {"disabled_at": None}, keeps_owner=True)
    return person


def end_access(db: Session, person_id: str) -> Person:
    """Sign this person out everywhere, and void their links and upload tickets."""
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    _change(db, person, dict(ENDS_ACCESS), keeps_owner=True)
    return person


def set_password(db: Session, person: Person, password_hash: str) -> Person:
    """The person with the new password, their access so far ended.

    Raises AccessChanged if it was ended by something else since `person` was read.
    """
    as_read = (col(Person.id) == person.id, col(Person.session_epoch) == person.session_epoch)
    changed = update(Person).where(*as_read, col(Person.disabled_at).is_(None))
    if db.exec(changed.values(password_hash=password_hash, **ENDS_ACCESS)).rowcount != 1:
        raise AccessChanged
    fresh = db.get_one(Person, person.id)
    db.refresh(fresh)
    return fresh


def person_by_email(db: Session, email: str) -> Person | None:
    return db.exec(select(Person).where(Person.email == email.strip().lower())).first()


def page_of_people(db: Session, request: PageRequest, *, role: Role | None = None) -> Page[Person]:
    """By name; searched by name and e-mail address; of one role, or of all."""
    query = select(Person).where(has_words(col(Person.name) + " " + col(Person.email), request.words))
    if role is not None:
        query = query.where(Person.role == role)
    return page_of(sorted_by_name(db.exec(query)), request)


def an_owner_exists(db: Session) -> bool:
    owner = select(Person.id).where(Person.role == Role.OWNER, col(Person.disabled_at).is_(None))
    return db.exec(owner).first() is not None


def _change(db: Session, person: Person, values: dict[str, Any], *, keeps_owner: bool) -> None:
    """One conditional UPDATE, so that the network never loses its last owner."""
    safe: ColumnElement[bool] = col(Person.id) == person.id
    if not keeps_owner:
        safe &= (col(Person.role) != Role.OWNER) | _another_owner(person.id)
    changed = db.exec(update(Person).where(safe).values(**values))
    if changed.rowcount != 1:
        raise LastOwner
    db.refresh(person)


def _another_owner(person_id: str) -> ColumnElement[bool]:
    other = aliased(Person)
    return (
        select(other.id)
        .where(col(other.role) == Role.OWNER, col(other.disabled_at).is_(None), col(other.id) != person_id)
        .exists()
    )
