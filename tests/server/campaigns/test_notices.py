from __future__ import annotations

import pytest
from sqlmodel import Session, select

from server.campaigns.house import (
    AnotherVenuesCreative,
)
from server.campaigns.models import NoticeRun
from server.campaigns.notices import (
    NoNoticeRun,
    NothingReserved,
    NoticeCannotBeShown,
    NoticeEndsBeforeItBegins,
    NoticeStopped,
    notices_of,
    run_notice,
    run_notice_in,
    stop_notice,
)
from server.creatives.models import CreativeState
from tests.server.campaigns.conftest import Place
from tests.server.timelines.world import NOON, add_creative, add_venue, later, queued_plans


def test_a_notice_runs_until_it_is_stopped(db: Session, place: Place) -> None:
    notice = add_creative(db, kind="notice", venue_id=place.venue.id)
    run = run_notice(db, notice.id, place.venue.id, now=NOON)
    assert (run.from_at, run.until_at) == (NOON, None)
    assert queued_plans(db) == [place.venue.id]
    assert [notice.id for notice in notices_of(db, place.venue.id, since=NOON)] == [run.id]
    assert stop_notice(db, run.id, now=later(minutes=1)).until_at == later(minutes=1)
    assert not notices_of(db, place.venue.id, since=later(minutes=1))
    with pytest.raises(NoticeStopped):
        stop_notice(db, run.id, now=later(minutes=2))


def test_a_notice_that_is_still_being_drawn_may_run(db: Session, place: Place) -> None:
    notice = add_creative(db, kind="notice", venue_id=place.venue.id, state=CreativeState.PROCESSING)
    assert run_notice(db, notice.id, place.venue.id, now=NOON).creative_id == notice.id


def test_a_notice_for_many_runs_where_it_can_and_says_where_not(db: Session, place: Place) -> None:
    notice = add_creative(db, kind="notice")
    miser, late = add_venue(db, reserved_percent=0), add_venue(db)
    ends = {late.id: later(hours=-1)}
    venues = [miser, place.venue, late]
    refused = run_notice_in(db, notice.id, venues, span=lambda venue: (None, ends.get(venue.id)), now=NOON)
    assert [(venue.id, type(why)) for venue, why in refused] == [
        (miser.id, NothingReserved),
        (late.id, NoticeEndsBeforeItBegins),
    ]
    assert [run.venue_id for run in db.exec(select(NoticeRun))] == [place.venue.id]
    assert queued_plans(db) == [place.venue.id]


def test_a_notice_that_can_run_nowhere_is_refused(db: Session) -> None:
    notice, miser = add_creative(db, kind="notice"), add_venue(db, reserved_percent=0)
    with pytest.raises(NothingReserved):
        run_notice_in(db, notice.id, [miser], span=lambda _venue: (None, None), now=NOON)


def test_a_creative_that_cannot_run_as_a_notice_is_refused(db: Session, place: Place) -> None:
    notice = add_creative(db, kind="notice", venue_id=place.venue.id)
    failed = add_creative(db, kind="notice", venue_id=place.venue.id, state=CreativeState.FAILED)
    miser = add_venue(db, reserved_percent=0)
    with pytest.raises(NoticeCannotBeShown):
        run_notice(db, failed.id, place.venue.id, now=NOON)
    with pytest.raises(AnotherVenuesCreative):
        run_notice(db, notice.id, miser.id, now=NOON)
    with pytest.raises(NothingReserved):
        run_notice(db, add_creative(db).id, miser.id, now=NOON)
    with pytest.raises(NoticeEndsBeforeItBegins):
        run_notice(db, notice.id, place.venue.id, from_at=later(hours=2), until_at=later(hours=1), now=NOON)
    with pytest.raises(NoticeEndsBeforeItBegins):
        run_notice(db, notice.id, place.venue.id, from_at=later(hours=-2), until_at=later(hours=-1), now=NOON)
    with pytest.raises(NoNoticeRun):
        stop_notice(db, "0" * 26, now=NOON)
