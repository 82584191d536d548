from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from server.accounts.links import (
    LinkUsed,
    Purpose,
    first_owner_link,
    forget_expired_links,
    invite_link,
    make_link,
    sign_in_link,
    use_link,
    valid_link,
)
from server.accounts.models import Person, Role, SignInLink
from server.accounts.people import NoSuchPerson, change_person, disable_person
from server.db import transaction
from server.settings import Settings
from tests.factories import make_person
from tests.rig.access_endings import ENDINGS, form_of


def token_of(url: str | None) -> str:
    return (url or "").rpartition("/")[2]


def test_only_a_hash_of_the_token_is_stored(db: Session, now: datetime) -> None:
    token = make_link(db, Purpose.OWNER, now=now)
    db.flush()
    assert token not in db.exec(select(SignInLink)).one().model_dump_json()


def test_a_link_is_good_for_a_day(db: Session, now: datetime) -> None:
    token = make_link(db, Purpose.OWNER, now=now)
    valid_link(db, token, now=now + timedelta(hours=23))
    with pytest.raises(LinkUsed):
        valid_link(db, token, now=now + timedelta(hours=24))


def test_a_link_is_used_once_even_by_two_at_the_same_moment(engine: Engine, now: datetime) -> None:
    with transaction(engine) as db:
        token = make_link(db, Purpose.OWNER, now=now)
    with transaction(engine) as db:
        first = second = valid_link(db, token, now=now)
    with transaction(engine) as db:
        use_link(db, first, now=now)
    with pytest.raises(LinkUsed), transaction(engine) as db:
        use_link(db, second, now=now)


def test_a_new_first_link_voids_the_earlier(db: Session, settings: Settings, now: datetime) -> None:
    earlier = token_of(first_owner_link(db, settings, now))
    later = token_of(first_owner_link(db, settings, now))
    valid_link(db, later, now=now)
    with pytest.raises(LinkUsed):
        valid_link(db, earlier, now=now)


def test_there_is_no_first_link_once_there_is_an_owner(db: Session, settings: Settings, now: datetime) -> None:
    waiting = token_of(first_owner_link(db, settings, now))
    make_person(db, role=Role.OWNER)
    assert first_owner_link(db, settings, now) is None
    with pytest.raises(LinkUsed):
        valid_link(db, waiting, now=now)


def test_a_new_sign_in_link_voids_the_earlier(db: Session, settings: Settings, now: datetime) -> None:
    person = make_person(db, role=Role.VIEWER)
    invitation = token_of(invite_link(db, person, settings, now))
    earlier = token_of(sign_in_link(db, person.email, settings, now))
    later = token_of(sign_in_link(db, person.email, settings, now))
    assert valid_link(db, later, now=now)
    assert valid_link(db, invitation, now=now)
    with pytest.raises(LinkUsed):
        valid_link(db, earlier, now=now)


def test_a_new_invitation_voids_the_earlier(db: Session, settings: Settings, now: datetime) -> None:
    person = make_person(db, role=Role.VIEWER)
    earlier = token_of(invite_link(db, person, settings, now))
    valid_link(db, token_of(invite_link(db, person, settings, now)), now=now)
    with pytest.raises(LinkUsed):
        valid_link(db, earlier, now=now)


def test_a_disabled_person_gets_no_link_and_uses_none(db: Session, settings: Settings, now: datetime) -> None:
    person = make_person(db, role=Role.VIEWER)
    token = token_of(sign_in_link(db, person.email, settings, now))
    disable_person(db, person.id, now=now)
    with pytest.raises(NoSuchPerson):
        sign_in_link(db, person.email, settings, now)
    with pytest.raises(LinkUsed):
        valid_link(db, token, now=now)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_link_dies_with_the_access_it_was_made_for(
    db: Session, settings: Settings, now: datetime, ending: str
) -> None:
    person = make_person(db, role=Role.OPERATOR)
    tokens = [token_of(make(db, person, settings, now)) for make in (new_sign_in_link, invite_link)]
    ENDINGS[ending](db, person)
    for token in tokens:
        with pytest.raises(LinkUsed):
            valid_link(db, token, now=now)


def new_sign_in_link(db: Session, person: Person, settings: Settings, now: datetime) -> str:
    return sign_in_link(db, person.email, settings, now)


def test_another_name_leaves_the_invitation_good(db: Session, settings: Settings, now: datetime) -> None:
    person = make_person(db, role=Role.VIEWER)
    token = token_of(invite_link(db, person, settings, now))
    change_person(db, person.id, form_of(person, name="Another name"))
    assert valid_link(db, token, now=now).person_id == person.id


def test_links_are_forgotten_when_their_day_is_over(db: Session, now: datetime) -> None:
    make_link(db, Purpose.OWNER, now=now - timedelta(hours=24))
    token = make_link(db, Purpose.OWNER, now=now)
    db.flush()
    assert forget_expired_links(db, now=now) == 1
    valid_link(db, token, now=now)


def test_a_link_bears_the_servers_public_name(db: Session, settings: Settings, now: datetime) -> None:
    assert (first_owner_link(db, settings, now) or "").startswith(f"{settings.public_url}/link/")
