"""Faults that phones report: counted by phone, for a day, and closed by the operator."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import func, select

from media.wire.phone import SeenFault
from server.screens.lists import ScreensQuery, page_of_screens
from server.screens.models import ReportedFault
from server.screens.players import screen_health
from server.screens.reported_faults import (
    COUNTS_FOR,
    MOST_EACH,
    Reports,
    ScreenIsOff,
    close_faults,
    faults_by_screen,
    forget_faults,
    report_fault,
)
from server.screens.venues import NoScreen
from tests.factories import NOON, make_player, make_screen, make_venue

CLOSED = {str(day): [[0, 60]] for day in range(7)}  # an hour after midnight
WELL = {"boot_id": "boot", "version": 1, "clock_trusted": True, "showing": "film"}


@pytest.fixture
def screen(db):
    screen = make_screen(db)
    make_player(db, screen=screen, seen_at=NOON, held_version=1, status=WELL)
    return screen


def report(db, screen, fault=SeenFault.BLACK, *, phone="phone 1", seen_at=None, now=NOON):
    report_fault(db, screen, fault, phone_hash=phone, seen_at=seen_at, now=now)


def stored(db):
    return db.exec(select(func.count()).select_from(ReportedFault)).one()


def test_each_phone_counts_once_with_its_newest_report(db, screen):
    for minute, phone in enumerate(["phone 1", "phone 2", "phone 1"]):
        report(db, screen, phone=phone, now=NOON + timedelta(minutes=minute))
    latest = NOON + timedelta(minutes=2)
    assert faults_by_screen(db, now=latest) == {screen.id: {SeenFault.BLACK: Reports(2, latest)}}
    report(db, screen, SeenFault.FROZEN, phone="phone 2", now=latest)
    assert {fault: found.phones for fault, found in faults_by_screen(db, now=latest)[screen.id].items()} == {
        SeenFault.BLACK: 1,
        SeenFault.FROZEN: 1,
    }


def test_a_screen_that_reports_itself_well_is_troubled_by_its_phones_reports(db, screen):
    assert not screen_health(db, screen, NOON).troubles
    report(db, screen)
    report(db, make_screen(db), SeenFault.FROZEN)
    health = screen_health(db, screen, NOON + timedelta(minutes=5))
    assert [(trouble.code, trouble.facts) for trouble in health.troubles if trouble.code != "last_seen"] == [
        ("reported_black", {"phones": 1, "age": timedelta(minutes=5)})
    ]
    [listed] = page_of_screens(db, ScreensQuery(), now=NOON).page
    assert (listed.health.state, listed.health.is_reported) == ("troubled", True)


def test_a_report_counts_for_a_day_and_is_deleted_then(db, screen):
    report(db, screen)
    almost, after = NOON + COUNTS_FOR - timedelta(seconds=1), NOON + COUNTS_FOR
    forget_faults(db, now=almost)
    assert faults_by_screen(db, now=almost)
    assert faults_by_screen(db, now=after) == {}
    forget_faults(db, now=after)
    assert stored(db) == 0


def test_closed_reports_are_gone_and_later_ones_count(db, screen):
    other = make_screen(db)
    report(db, screen)
    report(db, other)
    close_faults(db, screen.id, by=None, now=NOON)
    assert set(faults_by_screen(db, now=NOON)) == {other.id}
    report(db, screen)
    assert set(faults_by_screen(db, now=NOON)) == {other.id, screen.id}
    with pytest.raises(NoScreen):
        close_faults(db, "nowhere", by=None, now=NOON)


def test_a_screen_of_a_closed_building_has_no_such_fault(db):
    screen = make_screen(db, venue=make_venue(db, hours=CLOSED))
    with pytest.raises(ScreenIsOff):
        report(db, screen)
    assert stored(db) == 0


def test_a_crowd_of_invented_phones_fills_no_table(db, screen):
    for number in range(MOST_EACH + 5):
        report(db, screen, phone=f"phone {number}")
    assert stored(db) == MOST_EACH


# --- reports that a box without an uplink delivers later


def test_a_late_report_counts_from_when_it_was_made(db, screen):
    earlier = NOON - timedelta(hours=23)
    report(db, screen, seen_at=earlier)
    assert faults_by_screen(db, now=NOON)[screen.id][SeenFault.BLACK].latest == earlier
    assert faults_by_screen(db, now=NOON + timedelta(hours=1)) == {}


def test_a_report_that_arrives_too_late_is_dropped(db, screen):
    report(db, screen, seen_at=NOON - timedelta(days=1))
    assert stored(db) == 0


def test_a_late_report_does_not_replace_a_newer_one_and_is_counted_once(db, screen):
    report(db, screen, SeenFault.FROZEN)
    for _ in range(2):
        report(db, screen, SeenFault.BLACK, seen_at=NOON - timedelta(hours=1))
    assert faults_by_screen(db, now=NOON) == {screen.id: {SeenFault.FROZEN: Reports(1, NOON)}}


def test_a_report_of_the_future_is_of_now(db, screen):
    report(db, screen, seen_at=NOON + timedelta(days=900))
    assert faults_by_screen(db, now=NOON)[screen.id][SeenFault.BLACK].latest == NOON
