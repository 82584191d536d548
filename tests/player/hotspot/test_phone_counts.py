"""Counts of phones: what a showing is measured by, and what is reported of a hotspot that does not answer."""

from __future__ import annotations

import pytest

from media.wire.plays import MOST_PHONES
from player.hotspot.messages import Answer, Refusal, Refused, Request
from player.hotspot.phone_counts import NOT_MEASURED, SAMPLES_STORED, NoHotspot, PhoneCounts, Phones
from player.line_socket import NoAnswer
from tests.player.show_rig import counts_of

S = 10**9


class Rig:
    """present: what the hotspot answers; None: nothing"""

    def __init__(self) -> None:
        self.now_ns = 1000 * S
        self.present: int | None = 0
        self.counts = PhoneCounts(self._send, lambda: self.now_ns)

    def count(self, at_s: float, present: int | None) -> None:
        self.now_ns, self.present = round(at_s * S), present
        self.counts.count()

    def during(self, began_s: float, ended_s: float) -> Phones:
        return self.counts.during(round(began_s * S), round(ended_s * S))

    def _send(self, request: Request) -> Answer:
        if self.present is None:
            raise NoAnswer("requests: timed out")
        return counts_of(self.present)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_showing_has_the_mean_of_the_counts_within_it(rig: Rig) -> None:
    for at_s, present in ((5, 90), (10, 2), (15, 3), (20, 5), (25, 90)):
        rig.count(at_s, present)
    assert rig.during(8, 22) == Phones(present=3, samples=3)


def test_half_a_phone_is_rounded_up(rig: Rig) -> None:
    rig.count(10, 2)
    rig.count(15, 3)
    assert rig.during(10, 15) == Phones(present=3, samples=2)


def test_a_showing_too_short_for_a_count_has_the_one_before_it(rig: Rig) -> None:
    rig.count(5, 9)
    rig.count(10, 4)
    assert rig.during(12, 14) == Phones(present=4, samples=1)


def test_an_old_count_measures_nothing(rig: Rig) -> None:
    rig.count(10, 4)
    assert rig.during(21, 36) == NOT_MEASURED


def test_nobody_there_is_measured_and_differs_from_not_measured(rig: Rig) -> None:
    rig.count(10, 0)
    assert rig.during(8, 12) == Phones(present=0, samples=1) != NOT_MEASURED


def test_a_hotspot_that_does_not_answer_leaves_no_count(rig: Rig) -> None:
    rig.count(10, None)
    assert rig.during(0, 20) == NOT_MEASURED
    assert rig.counts.report().counts is None


def test_a_refused_count_is_no_count() -> None:
    counts = PhoneCounts(lambda request: Refused(why=Refusal.FAILED), lambda: 10 * S)
    counts.count()
    assert counts.during(0, 20 * S) == NOT_MEASURED


def test_the_last_counts_are_reported_with_their_age(rig: Rig) -> None:
    rig.count(10, 3)
    rig.count(70, None)
    report = rig.counts.report()
    assert report.counts is not None
    assert (report.counts.present, report.age_s) == (3, 60)


def test_more_phones_than_a_hotspot_takes_are_reported_as_that_many(rig: Rig) -> None:
    rig.count(10, 10**9)
    report = rig.counts.report()
    assert report.counts is not None
    assert report.counts.present == rig.during(8, 12).present == MOST_PHONES


def test_a_showing_of_hours_is_measured_by_its_last_hour(rig: Rig) -> None:
    for nth in range(SAMPLES_STORED + 1):
        rig.count(5 * nth, 100 if nth == 0 else 1)
    assert rig.during(0, 5 * SAMPLES_STORED) == Phones(present=1, samples=SAMPLES_STORED)


def test_a_box_without_a_hotspot_measures_nothing_and_reports_none() -> None:
    assert NoHotspot().during(0, 10 * S) == NOT_MEASURED
    assert NoHotspot().report() is None
