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


class NoSuchPerson(Missing):
    """There is no such person. Look at the list of people."""


class EmailTaken(Conflict):
    """Someone with this e-mail address is here already. Change that person, or use another address."""


class LastOwner(Conflict):
    """This is the last owner. Make someone else an owner first."""


class NoScope(Invalid):
    """This role belongs to one advertiser or one merchant. Choose which."""


class PersonForm(BaseModel):
    """Who is invited, or what someone becomes."""

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
        """The columns: a role that is held to nobody keeps no advertiser and no merchant."""
        held: dict[str, str | None] = {"advertiser_id": None, "merchant_id": None}
        if self.role is Role.ADVERTISER:
            held["advertiser_id"] = self.advertiser_id
        if self.role in (Role.MERCHANT, Role.STAFF):
            held["merchant_id"] = self.merchant_id
        return {"name": self.name, "email": self.email, "role": self.role, **held}


def add_person(db: Session, form: PersonForm, *, now: datetime, password_hash: str = "") -> Person:
    """A new person; without a password they cannot sign in until an invitation gave them one."""
    person = Person(**form.row(), password_hash=password_hash, created_at=now)
    if not insert_once(db, person):
        raise EmailTaken
    return person


def change_person(db: Session, person_id: str, form: PersonForm) -> Person:
    """A changed role takes effect with the next request: rights are read from the row each time."""
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    taken = select(Person.id).where(Person.email == form.email, Person.id != person_id)
    if db.exec(taken).first():
        raise EmailTaken
    _change(db, person, form.row(), keeps_owner=form.role is Role.OWNER)
    return person


def disable_person(db: Session, person_id: str, *, now: datetime) -> Person:
    """Out at once: the epoch in every open session no longer fits."""
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    _change(db, person, {"disabled_at": now, "session_epoch": person.session_epoch + 1}, keeps_owner=False)
    return person


def enable_person(db: Session, person_id: str) -> Person:
    person = get_or_raise(db, Person, person_id, NoSuchPerson)
    _change(db, person, {"disabled_at": None}, keeps_owner=True)
    return person


def set_password(db: Session, person: Person, password_hash: str) -> None:
    """All other sessions of this person end."""
    person.password_hash = password_hash
    person.session_epoch += 1
    db.add(person)


def person_by_email(db: Session, email: str) -> Person | None:
    return db.exec(select(Person).where(Person.email == email.strip().lower())).first()


def person_of_session(db: Session, person_id: str, epoch: int) -> Person | None:
    """The person of a session cookie, unless disabled since, or signed out everywhere."""
    person = db.get(Person, person_id)
    held = person is not None and person.disabled_at is None and person.session_epoch == epoch
    return person if held else None


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
