from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, delete

from server.campaigns.checks import CreativeNotReady, NoCreative
from server.campaigns.house import (
    AlreadyHouseContent,
    AnotherVenuesCreative,
    BadOrder,
    HouseContentOver,
    HouseEndsBeforeItBegins,
    NoHouseContent,
    add_house_content,
    date_house_content,
    house_content,
    house_of,
    order_house_content,
    remove_house_content,
)
from server.creatives.models import CreativeState
from server.db import Job
from server.errors import Invalid
from server.screens.venues import NoVenue
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_creative, add_venue, queued_plans

TODAY = NOON.date()


def housed(db: Session, venue_id: str, since: date = TODAY) -> list[str]:
    return [row.creative_id for row in house_of(db, venue_id, since=since)]


def test_a_venues_house_content_precedes_the_networks(db: Session, place: Place) -> None:
    network, own = add_creative(db), add_creative(db)
    add_house_content(db, network.id, now=NOON)
    add_house_content(db, own.id, place.venue.id, now=NOON)
    assert housed(db, place.venue.id) == [own.id, network.id]
    assert housed(db, add_venue(db).id) == [network.id]


def test_house_content_has_days_which_may_change(db: Session, place: Place) -> None:
    creative = add_creative(db)
    row = add_house_content(db, creative.id, first_on=date(2026, 3, 4), last_on=date(2026, 3, 8), now=NOON)
    assert housed(db, place.venue.id, since=date(2026, 3, 8)) == [creative.id]
    assert housed(db, place.venue.id, since=date(2026, 3, 9)) == []
    db.exec(delete(Job))
    date_house_content(db, row.id, first_on=None, last_on=None, now=NOON)
    assert housed(db, place.venue.id, since=date(2026, 3, 9)) == [creative.id]
    assert queued_plans(db) == [place.venue.id]


@pytest.mark.parametrize(
    ("first_on", "last_on", "refused"),
    [
        (date(2026, 3, 4), date(2026, 3, 3), HouseEndsBeforeItBegins),
        (None, date(2026, 2, 28), HouseContentOver),
    ],
)
def test_days_that_never_come_are_refused(
    db: Session, place: Place, first_on: date | None, last_on: date, refused: type[Invalid]
) -> None:
    row = add_house_content(db, add_creative(db).id, now=NOON)
    with pytest.raises(refused):
        add_house_content(db, add_creative(db).id, first_on=first_on, last_on=last_on, now=NOON)
    with pytest.raises(refused):
        date_house_content(db, row.id, first_on=first_on, last_on=last_on, now=NOON)
    assert (row.first_on, row.last_on) == (None, None)


def test_a_last_day_that_is_not_over_in_every_zone_is_accepted(db: Session, place: Place) -> None:
    add_house_content(db, add_creative(db).id, last_on=date(2026, 3, 1), now=NOON)


def test_house_content_is_put_in_order_and_taken_out(db: Session, place: Place) -> None:
    rows = [add_house_content(db, add_creative(db).id, now=NOON) for _ in range(3)]
    order_house_content(db, None, [rows[2].id, rows[0].id, rows[1].id], now=NOON)
    assert [row.id for row, _ in house_content(db, None)] == [rows[2].id, rows[0].id, rows[1].id]
    with pytest.raises(BadOrder):
        order_house_content(db, None, [rows[0].id], now=NOON)
    remove_house_content(db, rows[0].id, now=NOON)
    assert housed(db, place.venue.id) == [rows[2].creative_id, rows[1].creative_id]
    with pytest.raises(NoHouseContent):
        remove_house_content(db, rows[0].id, now=NOON)


def test_network_house_content_plans_every_venue_and_a_venues_own_only_that(db: Session, place: Place) -> None:
    there = add_venue(db)
    add_house_content(db, add_creative(db).id, now=NOON)
    assert queued_plans(db) == sorted([place.venue.id, there.id])
    db.exec(delete(Job))
    add_house_content(db, add_creative(db).id, there.id, now=NOON)
    assert queued_plans(db) == [there.id]


def test_a_creative_that_cannot_be_house_content_is_refused(db: Session, place: Place) -> None:
    creative, foreign = add_creative(db), add_creative(db, venue_id=add_venue(db).id)
    add_house_content(db, creative.id, now=NOON)
    with pytest.raises(AlreadyHouseContent):
        add_house_content(db, creative.id, now=NOON)
    with pytest.raises(AnotherVenuesCreative):
        add_house_content(db, foreign.id, place.venue.id, now=NOON)
    with pytest.raises(CreativeNotReady):
        add_house_content(db, add_creative(db, state=CreativeState.FAILED).id, now=NOON)
    with pytest.raises(NoCreative):
        add_house_content(db, "0" * 26, now=NOON)
    with pytest.raises(NoVenue):
        add_house_content(db, add_creative(db).id, "0" * 26, now=NOON)
