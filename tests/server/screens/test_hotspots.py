"""A screen's hotspot: its hours from the statuses of its box, and the warning before a limit is reached."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from media.wire.status import Hotspot, HotspotCounts, Status
from server.screens.hotspots import (
    HOURS_STORED_FOR,
    HotspotDay,
    Limit,
    forget_hotspot_hours,
    hotspot_of,
    hotspot_today,
)
from server.screens.models import HotspotHour
from server.screens.players import record_status
from tests.factories import NOON, make_player, make_screen

MIDNIGHT = NOON - timedelta(hours=20)  # in Shanghai


class Box:
    """Sends one status after another."""

    def __init__(self, db):
        self.db, self.seq = db, 0
        self.player = make_player(db, screen=make_screen(db))

    def report(self, *, now=NOON, age_s=0, **counts):
        self.send(Hotspot(counts=HotspotCounts(**{"run": "1", "most_phones": 8, **counts}), age_s=age_s), now=now)

    def send(self, hotspot, *, now=NOON):
        self.seq += 1
        status = Status(hardware="pi", boot_id="boot", seq=self.seq, now_ms=0, hotspot=hotspot)
        record_status(self.db, self.player, status, now=now)
        self.db.flush()

    def today(self, *, now=NOON):
        return hotspot_today(self.db, self.player, midnight=MIDNIGHT, now=now)


@pytest.fixture
def box(db):
    return Box(db)


def hour(db):
    return db.exec(select(HotspotHour)).one()


def test_an_hour_has_what_the_counters_grew_by(db, box):
    box.report(joins=100, refusals=7, uplink_bytes=1000)
    box.report(joins=103, refusals=7, uplink_bytes=1500, present=4)
    box.report(joins=104, refusals=8, uplink_bytes=1600, present=2)
    found = hour(db)
    assert (found.joins, found.refusals, found.uplink_bytes) == (4, 1, 600)
    assert (found.samples, found.present_sum, found.present_most) == (3, 6, 4)


def test_hours_are_apart(db, box):
    box.report(present=1)
    box.report(present=2, joins=1, now=NOON + timedelta(hours=1))
    box.report(present=5, joins=3, now=NOON + timedelta(hours=1, minutes=59))
    rows = db.exec(select(HotspotHour).order_by(HotspotHour.starts_at)).all()
    assert [(row.joins, row.present_most) for row in rows] == [(0, 1), (3, 5)]


def test_a_process_that_started_anew_counts_from_the_beginning(db, box):
    box.report(joins=100)
    box.report(run="2", joins=3)
    assert hour(db).joins == 3


def test_a_box_that_started_anew_counts_its_bytes_from_the_beginning(db, box):
    box.report(uplink_bytes=5000)
    box.report(uplink_bytes=300)
    assert hour(db).uplink_bytes == 300


def test_a_count_that_is_only_repeated_is_no_sample(db, box):
    box.report(present=3)
    box.report(present=3, age_s=45)
    assert hour(db).samples == 1


def test_a_status_that_was_overtaken_adds_nothing(db, box):
    box.report(joins=1)
    box.report(joins=5)
    box.seq -= 1
    box.report(joins=9)
    assert hour(db).joins == 4


@pytest.mark.parametrize("status", [{}, {"hotspot": None}, {"hotspot": {"counts": {"present": -1}}}, {"hotspot": "?"}])
def test_a_box_that_reports_no_hotspot_has_none(box, status):
    box.player.status = status
    assert hotspot_of(status) is None
    assert box.today() is None
    assert hotspot_today(box.db, None, midnight=MIDNIGHT, now=NOON) is None


def test_a_hotspot_that_has_never_answered_is_silent(box):
    box.send(Hotspot())
    today = box.today()
    assert (today.silent, today.counts, today.limit, today.hours) == (True, None, None, ())


def test_a_hotspot_that_answers_no_more_is_silent_and_its_last_count_grows_old(box):
    box.report(age_s=90)
    today = box.today(now=NOON + timedelta(seconds=10))
    assert (today.silent, today.age_s) == (True, 100)


def test_only_hours_of_the_venues_today_are_shown(box):
    box.report(now=MIDNIGHT - timedelta(minutes=1), present=8)
    box.report(now=MIDNIGHT, present=1)
    assert [hour.present_most for hour in box.today().hours] == [1]


@pytest.mark.parametrize(
    ("counts", "limit"),
    [
        ({"most_phones": 8, "present": 5}, None),
        ({"most_phones": 8, "present": 6}, Limit.NEARLY_FULL),
        ({"most_phones": 8, "present": 8}, Limit.FULL),
        ({"most_phones": 8, "present": 9}, Limit.FULL),
        ({"most_phones": 30, "present": 5}, None),
        ({"most_phones": 30, "present": 6}, Limit.RADIO),
        ({"most_phones": 0, "present": 6}, None),
    ],
)
def test_a_limit_is_named_before_it_is_reached(box, counts, limit):
    box.report(**counts)
    assert box.today().limit is limit


def test_phones_that_found_no_place_are_named_first(box):
    box.report()
    box.report(refusals=1, present=8)
    assert box.today().limit is Limit.REFUSED


def test_a_day_without_hours_sums_to_nothing():
    assert HotspotDay(HotspotCounts(most_phones=8), 0, False, ()).total("joins") == 0


def test_old_hours_are_deleted(db, box):
    box.report(now=NOON - HOURS_STORED_FOR - timedelta(hours=1))
    box.report(present=2)
    forget_hotspot_hours(db, now=NOON)
    assert hour(db).present_most == 2


def test_hours_hold_what_a_hostile_box_can_report(db, box):
    most = 2**31 - 1
    for run in range(3):
        box.report(run=str(run), joins=most, uplink_bytes=2**53 - 1)
    assert hour(db).joins == 2 * most
