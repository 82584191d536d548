from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, select

from server.db import Job
from server.errors import Conflict
from server.screens.models import Venue
from server.timelines.troubles import (
    REASON_CHARS,
    RETRY_S,
    network_planned,
    network_trouble,
    network_unplanned,
    venue_planned,
    venue_unplanned,
)
from tests.factories import NOON, make_venue

FULL = Conflict("The disk is full.", remedy="Free some space.")
LONG = Conflict("名" * 1000, remedy="救" * 1000)


def trouble_of(db: Session, venue: Venue) -> tuple[object, str, str]:
    db.refresh(venue)
    return venue.plan_failed_at, venue.plan_trouble, venue.plan_remedy


def test_a_venue_that_could_not_be_planned_is_tried_again_and_its_trouble_goes_with_success(db: Session) -> None:
    venue, other = make_venue(db), make_venue(db)
    venue_unplanned(db, venue.id, FULL, NOON)
    assert trouble_of(db, venue) == (NOON, "The disk is full.", "Free some space.")
    (job,) = db.exec(select(Job)).all()
    assert (job.kind, job.subject, job.run_at) == ("plan", venue.id, NOON + timedelta(seconds=RETRY_S))
    venue_planned(db, other.id)
    assert trouble_of(db, venue)[0] == NOON
    venue_planned(db, venue.id)
    assert trouble_of(db, venue) == (None, "", "")


def test_a_venue_that_is_gone_or_retired_is_not_tried_again(db: Session) -> None:
    retired = make_venue(db, retired_at=NOON)
    for venue_id in (retired.id, "no such venue"):
        venue_unplanned(db, venue_id, FULL, NOON)
    assert trouble_of(db, retired) == (None, "", "")
    assert db.exec(select(Job)).all() == []


def test_the_networks_last_trouble_counts_until_it_is_planned(db: Session) -> None:
    network_unplanned(db, "", FULL, NOON)
    later = NOON + timedelta(minutes=10)
    network_unplanned(db, "", LONG, later)
    trouble = network_trouble(db)
    assert trouble is not None
    assert (trouble.failed_at, trouble.trouble) == (later, "名" * REASON_CHARS)
    network_planned(db)
    assert network_trouble(db) is None


def test_a_reason_is_as_long_as_its_column(db: Session) -> None:
    venue = make_venue(db)
    venue_unplanned(db, venue.id, LONG, NOON)
    assert trouble_of(db, venue)[1:] == ("名" * REASON_CHARS, "救" * REASON_CHARS)
