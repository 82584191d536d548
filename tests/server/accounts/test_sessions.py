from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from server.accounts.devices import Device
from server.accounts.models import Person, PersonSession, Role
from server.accounts.people import change_person, end_access
from server.accounts.sessions import (
    NoSuchSession,
    end_session,
    end_session_of_token,
    find_session,
    forget_ended_sessions,
    record_seen,
    sessions_of,
    start_session,
)
from server.db import transaction
from server.settings import Settings
from tests.factories import make_person
from tests.rig.access_endings import ENDINGS, form_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE = Device("Chrome", "Windows", "203.0.113.0/24")


@pytest.fixture
def person(db: Session) -> Person:
    return make_person(db, role=Role.OPERATOR)


def start(db: Session, person: Person, now: datetime) -> tuple[PersonSession, str]:
    started = start_session(db, person, OFFICE, now=now)
    db.flush()
    return started


def test_a_session_is_known_by_its_token_which_is_not_stored(
    db: Session, person: Person, settings: Settings, now: datetime
) -> None:
    session, token = start(db, person, now)
    assert find_session(db, token, settings, now=now) == (session, person)
    assert token not in session.model_dump_json()
    assert find_session(db, session.token_hash, settings, now=now) is None


def test_each_session_has_a_token_of_its_own(db: Session, person: Person, now: datetime) -> None:
    assert start(db, person, now)[1] != start(db, person, now)[1]


def test_a_session_that_was_ended_stays_ended_for_every_holder_of_its_token(
    db: Session, person: Person, settings: Settings, now: datetime
) -> None:
    session, token = start(db, person, now)
    _other, other_token = start(db, person, now)
    end_session(db, session.id, person_id=person.id)
    assert find_session(db, token, settings, now=now) is None
    assert find_session(db, other_token, settings, now=now) is not None
    end_session_of_token(db, other_token)
    assert find_session(db, other_token, settings, now=now) is None


def test_nobody_ends_the_session_of_another(db: Session, person: Person, settings: Settings, now: datetime) -> None:
    session, token = start(db, person, now)
    with pytest.raises(NoSuchSession):
        end_session(db, session.id, person_id=make_person(db).id)
    assert find_session(db, token, settings, now=now) is not None


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_change_of_access_ends_every_session(
    db: Session, person: Person, settings: Settings, now: datetime, ending: str
) -> None:
    tokens = [start(db, person, now)[1] for _ in range(2)]
    ENDINGS[ending](db, person)
    assert [find_session(db, token, settings, now=now) for token in tokens] == [None, None]
    assert sessions_of(db, person.id, settings, now=now) == []


def test_another_name_ends_nothing(db: Session, person: Person, settings: Settings, now: datetime) -> None:
    _session, token = start(db, person, now)
    change_person(db, person.id, form_of(person, name="Another name"))
    assert find_session(db, token, settings, now=now) is not None


def test_a_sign_in_that_was_checked_before_the_change_does_not_outlive_it(
    engine: Engine, settings: Settings, now: datetime
) -> None:
    """The password is checked for 50 ms, while somebody ends the person's access."""
    with transaction(engine) as db:
        as_checked = make_person(db)
    with transaction(engine) as db:
        end_access(db, as_checked.id)
    with transaction(engine) as db:
        _session, token = start_session(db, as_checked, OFFICE, now=now)
    with transaction(engine) as db:
        assert find_session(db, token, settings, now=now) is None


def test_a_session_ends_when_it_is_not_used_or_too_old(
    db: Session, person: Person, settings: Settings, now: datetime
) -> None:
    lifetimes = settings.model_copy(update={"session_idle_h": 24, "session_max_h": 72})
    session, token = start(db, person, now)
    assert find_session(db, token, lifetimes, now=now + DAY - HOUR) is not None
    assert find_session(db, token, lifetimes, now=now + DAY) is None
    for day in (1, 2, 3):
        record_seen(db, {session.id: now + day * DAY - HOUR})
    db.expire_all()
    assert find_session(db, token, lifetimes, now=now + 3 * DAY - HOUR) is not None
    assert find_session(db, token, lifetimes, now=now + 3 * DAY) is None


def test_the_time_last_seen_never_goes_back(db: Session, person: Person, now: datetime) -> None:
    session, _token = start(db, person, now)
    record_seen(db, {session.id: now - HOUR})
    db.refresh(session)
    assert session.last_seen_at == now


def test_two_processes_that_write_the_same_sessions_do_so_in_one_order(
    db: Session, person: Person, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each could hold a row that the other waits for."""
    ids = [start(db, person, now)[0].id for _ in range(3)]
    written: list[str] = []
    monkeypatch.setattr(db, "exec", lambda statement: written.append(statement.compile().params["id_1"]))
    record_seen(db, dict.fromkeys(reversed(ids), now))
    assert written == sorted(ids)


def test_a_person_sees_their_own_good_sessions_the_newest_first(
    db: Session, person: Person, settings: Settings, now: datetime
) -> None:
    older, newer = start(db, person, now)[0], start(db, person, now + HOUR)[0]
    start(db, make_person(db), now)
    start(db, person, now - 100 * DAY)
    assert list(sessions_of(db, person.id, settings, now=now + HOUR)) == [newer, older]


def test_the_sweep_deletes_ended_sessions_and_nothing_else(
    db: Session, person: Person, settings: Settings, now: datetime
) -> None:
    other = make_person(db)
    good, _token = start(db, other, now)
    start(db, other, now - 100 * DAY)
    start(db, person, now)
    end_access(db, person.id)
    assert forget_ended_sessions(db, settings, now=now) == 2
    assert list(db.exec(select(PersonSession))) == [good]
