"""Interrupts in force, and which screens each covers.

Covers: server.timelines.models
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from server.screens.models import Screen
from server.timelines.lists import covers, interrupts_in_force, over_all
from server.timelines.models import RaisedInterrupt
from tests.factories import NOON, make_creative, make_screen, make_venue, saved


def raised(db: Session, *, until_at: datetime | None = None, **place: str) -> RaisedInterrupt:
    notice = make_creative(db, kind="notice")
    return saved(db, RaisedInterrupt(creative_id=notice.id, from_at=NOON, until_at=until_at, **place))


def test_an_interrupt_is_in_force_until_it_is_over_and_the_newest_is_first(db: Session) -> None:
    old = raised(db)
    raised(db, until_at=NOON)
    new = raised(db, until_at=NOON + timedelta(seconds=1))
    assert interrupts_in_force(db, now=NOON) == [new, old]
    assert interrupts_in_force(db, now=NOON + timedelta(seconds=1)) == [old]


@pytest.mark.parametrize(
    ("place", "covered"),
    [
        ({}, {"here", "beside", "elsewhere"}),
        ({"venue_id": "venue"}, {"here", "beside"}),
        ({"screen_id": "here"}, {"here"}),
        ({"screen_id": "nowhere"}, set()),
    ],
)
def test_an_interrupt_covers_the_screens_of_its_place(place: dict[str, str], covered: set[str]) -> None:
    interrupt = RaisedInterrupt(creative_id="c", from_at=NOON, **place)
    places = {"here": "venue", "beside": "venue", "elsewhere": "another"}
    screens = [Screen(id=id_, venue_id=venue, name=id_, code=id_, presence_key="") for id_, venue in places.items()]
    assert {screen.id for screen in screens if covers(interrupt, screen)} == covered
    assert interrupt.is_everywhere == (place == {})


def test_the_database_finds_the_interrupts_over_all_screens(db: Session) -> None:
    everywhere = raised(db)
    raised(db, venue_id=make_venue(db).id)
    raised(db, screen_id=make_screen(db).id)
    assert db.exec(select(RaisedInterrupt).where(over_all())).all() == [everywhere]
