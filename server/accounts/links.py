"""One-time links: to make the first owner, to invite, to sign in. Only a hash of the token is stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, delete, select, update

from server.accounts.models import Person, SignInLink
from server.accounts.people import NoSuchPerson, an_owner_exists, person_by_email
from server.errors import Missing
from server.settings import Settings

GOOD_FOR = timedelta(hours=24)


class Purpose(StrEnum):
    OWNER = "owner"
    INVITE = "invite"
    SIGN_IN = "sign_in"


class LinkUsed(Missing):
    """This link was used already, or is older than a day. Ask for a new one."""


def first_owner_link(db: Session, settings: Settings, now: datetime) -> str | None:
    """The link that makes the owner, as long as there is none; earlier ones are void."""
    if an_owner_exists(db):
        return None
    db.exec(delete(SignInLink).where(col(SignInLink.purpose) == Purpose.OWNER))
    return link_url(settings, make_link(db, Purpose.OWNER, now=now))


def sign_in_link(db: Session, email: str, settings: Settings, now: datetime) -> str:
    """A link that signs this person in once; earlier ones are void."""
    person = person_by_email(db, email)
    if person is None or person.disabled_at is not None:
        raise NoSuchPerson
    _void_links(db, person, Purpose.SIGN_IN)
    return link_url(settings, make_link(db, Purpose.SIGN_IN, person=person, now=now))


def invite_link(db: Session, person: Person, settings: Settings, now: datetime) -> str:
    """A link with which an invited person chooses a password; earlier invitations are void."""
    _void_links(db, person, Purpose.INVITE)
    return link_url(settings, make_link(db, Purpose.INVITE, person=person, now=now))


def _void_links(db: Session, person: Person, purpose: Purpose) -> None:
    theirs = (col(SignInLink.person_id) == person.id) & (col(SignInLink.purpose) == purpose)
    db.exec(delete(SignInLink).where(theirs, col(SignInLink.used_at).is_(None)))


def link_url(settings: Settings, token: str) -> str:
    return f"{settings.public_url}/link/{token}"


def make_link(db: Session, purpose: Purpose, *, person: Person | None = None, now: datetime) -> str:
    """The token of a new link; it is void as soon as the person's access is ended."""
    token = secrets.token_urlsafe(24)
    link = SignInLink(token_hash=_hash(token), purpose=purpose, expires_at=now + GOOD_FOR)
    if person is not None:
        link.person_id, link.epoch = person.id, person.session_epoch
    db.add(link)
    return token


def valid_link(db: Session, token: str, *, now: datetime) -> SignInLink:
    """The link if it is good. Reading does not use it up: mail programs open links before people do."""
    good = select(SignInLink).where(
        SignInLink.token_hash == _hash(token), col(SignInLink.used_at).is_(None), SignInLink.expires_at > now
    )
    link = db.exec(good).first()
    if link is None or not _person_may_enter(db, link):
        raise LinkUsed
    return link


def use_link(db: Session, link: SignInLink, *, now: datetime) -> None:
    """Once: the second of two racing uses is refused."""
    unused = (col(SignInLink.id) == link.id) & col(SignInLink.used_at).is_(None)
    if db.exec(update(SignInLink).where(unused).values(used_at=now)).rowcount != 1:
        raise LinkUsed


def forget_expired_links(db: Session, *, now: datetime) -> int:
    return int(db.exec(delete(SignInLink).where(col(SignInLink.expires_at) <= now)).rowcount)


def _person_may_enter(db: Session, link: SignInLink) -> bool:
    """The owner's link is void once an owner exists; a person's links after any change that ends their access."""
    if link.purpose == Purpose.OWNER:
        return not an_owner_exists(db)
    person = db.get(Person, link.person_id)
    return person is not None and person.disabled_at is None and person.session_epoch == link.epoch


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
