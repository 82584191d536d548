"""Sessions: in which browsers a person is signed in, and until when.

A session is good while its row exists, it was seen lately, it is not too old, and its epoch is the person's: so
signing out deletes one row, and a change that ends a person's access needs to find none of them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlmodel import Session, and_, col, delete, select, update

from server.accounts.devices import Device
from server.accounts.models import Person, PersonSession
from server.errors import Missing
from server.settings import Settings

# Being seen is written this rarely: most requests write nothing.
SEEN_EVERY = timedelta(minutes=5)


class NoSuchSession(Missing):
    """This device is signed out already. Load the list of devices again."""


def start_session(db: Session, person: Person, device: Device, *, now: datetime) -> tuple[PersonSession, str]:
    """The row, and the token for the cookie. `person` is as read when the password or link was checked."""
    token = secrets.token_urlsafe(32)
    session = PersonSession(
        token_hash=_hash(token),
        person_id=person.id,
        epoch=person.session_epoch,
        created_at=now,
        last_seen_at=now,
        browser=device.browser,
        system=device.system,
        network=device.network,
    )
    db.add(session)
    return session, token


def find_session(db: Session, token: str, settings: Settings, *, now: datetime) -> tuple[PersonSession, Person] | None:
    """The good session of this token, and its person: one look-up by the hash's unique index."""
    good = _with_person().where(PersonSession.token_hash == _hash(token), _is_good(settings, now))
    return cast(tuple[PersonSession, Person] | None, db.exec(good).first())


def sessions_of(db: Session, person_id: str, settings: Settings, *, now: datetime) -> Sequence[PersonSession]:
    """The person's good sessions, the one seen last first."""
    good = _with_person().where(PersonSession.person_id == person_id, _is_good(settings, now))
    newest_first = good.order_by(col(PersonSession.last_seen_at).desc(), col(PersonSession.id).desc())
    return [session for session, _person in db.exec(newest_first)]


def end_session(db: Session, session_id: str, *, person_id: str) -> None:
    """End one session of this person."""
    theirs = (col(PersonSession.id) == session_id, col(PersonSession.person_id) == person_id)
    if db.exec(delete(PersonSession).where(*theirs)).rowcount != 1:
        raise NoSuchSession


def end_session_of_token(db: Session, token: str) -> None:
    db.exec(delete(PersonSession).where(col(PersonSession.token_hash) == _hash(token)))


def record_seen(db: Session, seen: Mapping[str, datetime]) -> None:
    """Write when these sessions were last seen, by their ids.

    In the order of their ids: two processes that write the same ones in different orders would wait for each other.
    """
    for session_id, at in sorted(seen.items()):
        earlier = (col(PersonSession.id) == session_id, col(PersonSession.last_seen_at) < at)
        db.exec(update(PersonSession).where(*earlier).values(last_seen_at=at))


def forget_ended_sessions(db: Session, settings: Settings, *, now: datetime) -> int:
    """Delete the rows of sessions that are no longer good."""
    good = select(PersonSession.id).join(Person, _is_theirs()).where(_is_good(settings, now))
    ended = delete(PersonSession).where(col(PersonSession.id).not_in(good))
    return int(db.exec(ended.execution_options(synchronize_session=False)).rowcount)


def _with_person() -> Any:
    return select(PersonSession, Person).join(Person, _is_theirs())


def _is_theirs() -> Any:
    return col(Person.id) == col(PersonSession.person_id)


def _is_good(settings: Settings, now: datetime) -> Any:
    return and_(
        col(PersonSession.epoch) == col(Person.session_epoch),
        col(Person.disabled_at).is_(None),
        col(PersonSession.last_seen_at) > now - timedelta(hours=settings.session_idle_h),
        col(PersonSession.created_at) > now - timedelta(hours=settings.session_max_h),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
