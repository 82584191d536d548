"""Phones present during plays: what is stored, what is summed by hour, and what the report says of it."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest
from sqlmodel import select

from media.wire.plays import MOST_PHONES
from server.plays.models import DeliveredDay, PhonesHour, PlayRow
from server.plays.parse import read_plays
from server.plays.phones import HOURS_STORED_FOR, Phones, forget_phone_hours, phone_csv_lines, phone_rows, phones_report
from server.plays.report import DeliveryFilter
from tests.factories import NOON, make_advertiser, make_campaign, make_creative, make_screen, make_venue, saved

LATER = NOON + timedelta(days=30)
DAY = date(2026, 3, 2)
NEXT = date(2026, 3, 3)
EVENING = 19  # in Shanghai, an hour before noon UTC


def hours(db):
    return [(hour.on, hour.hour, hour.plays, hour.phones) for hour in db.exec(select(PhonesHour))]


def measure(db, campaign_id, screen, *, on=DAY, hour=9, plays=4, phones=10):
    saved(db, PhonesHour(screen_id=screen.id, on=on, hour=hour, campaign_id=campaign_id, plays=plays, phones=phones))


def deliver(db, campaign_id, screen, *, on=DAY, plays=6, measured=0, phones=0):
    counts = {"plays": plays, "measured": measured, "phones": phones}
    saved(db, DeliveredDay(screen_id=screen.id, on=on, item=make_creative(db).id, campaign_id=campaign_id, **counts))


def days(db):
    return [(day.plays, day.measured, day.phones) for day in db.exec(select(DeliveredDay))]


def test_phones_of_counted_plays_are_summed_by_the_hour_of_the_venue(db, accept, player, play):
    accept(player, [play(0, phones=3, phones_samples=2), play(1, phones=4, phones_samples=2)], now=NOON)
    accept(player, [play(2, phones=0, phones_samples=2)], now=NOON)
    assert hours(db) == [(DAY, EVENING, 3, 7)]
    assert days(db) == [(3, 3, 7)]


def test_a_play_that_was_sent_twice_is_summed_once(db, accept, player, play):
    measured = play(0, phones=3, phones_samples=2)
    for _ in range(2):
        accept(player, [measured, measured], now=NOON)
    assert hours(db) == [(DAY, EVENING, 1, 3)]
    assert days(db) == [(1, 1, 3)]


def test_a_play_without_a_count_is_not_measured(db, accept, player, play):
    """An older box sends 0 phones and no number of counts; what a box says of phones it did not count is nothing."""
    accept(player, [play(0), play(1, phones=7)], now=NOON)
    assert hours(db) == []
    assert days(db) == [(2, 0, 0)]
    assert {(row.phones, row.phones_samples) for row in db.exec(select(PlayRow))} == {(0, 0)}


def test_plays_that_do_not_count_are_in_no_sum(db, accept, player, play):
    failed = play(0, result="failed", phones=3, phones_samples=1)
    unplanned = play(1, starts_ms=play(1).starts_ms + 1_000, phones=3, phones_samples=1)
    accept(player, [failed, unplanned], now=NOON)
    assert len(db.exec(select(PlayRow)).all()) == 2
    assert hours(db) == []
    assert days(db) == [(0, 0, 0)]


@pytest.mark.parametrize("phones", [MOST_PHONES + 1, 10**9])
def test_more_phones_than_a_hotspot_takes_are_refused(db, accept, player, play, phones):
    (answer,) = accept(player, [play(0, phones=phones, phones_samples=1)], now=NOON)
    assert (answer.status, answer.why, answer.final) == ("refused", "more phones than a hotspot takes", True)
    assert hours(db) == []


@pytest.mark.parametrize("wrong", [{"phones": -1}, {"phones_samples": -1}, {"phones": "many"}, {"phones": None}])
def test_a_value_that_is_no_count_is_refused_alone(play, wrong):
    well = play(1)
    odd, read = read_plays({"plays": [play(0).model_dump() | wrong, well.model_dump()]})
    assert (odd.status, odd.final) == ("refused", True)
    assert read == well


def test_a_number_of_counts_that_no_column_takes_is_refused(accept, player, play):
    (answer,) = accept(player, [play(0, phones=1, phones_samples=2**31)], now=NOON)
    assert answer.why == "a number is out of range"


def test_the_report_sums_by_campaign_screen_and_hour(db):
    venue = make_venue(db)
    one, other = make_screen(db, venue=venue, name="A"), make_screen(db, venue=venue, name="B")
    spring, autumn = make_campaign(db, name="Spring"), make_campaign(db, name="Autumn")
    measure(db, spring.id, one, hour=9, plays=4, phones=10)
    measure(db, spring.id, other, hour=10, plays=1, phones=0)
    deliver(db, spring.id, one, plays=5, measured=4, phones=10)
    deliver(db, spring.id, other, plays=1, measured=1)
    deliver(db, autumn.id, one, plays=2)
    report = phones_report(db, DeliveryFilter(DAY, DAY), now=LATER)
    assert report.by_campaign == {
        (autumn.id, "Autumn"): Phones(played=2),
        (spring.id, "Spring"): Phones(played=6, measured=5, phones=10),
    }
    assert report.by_screen == {
        (one.id, venue.name, "A"): Phones(played=7, measured=4, phones=10),
        (other.id, venue.name, "B"): Phones(played=1, measured=1, phones=0),
    }
    assert report.by_hour == {9: Phones(4, 4, 10), 10: Phones(1, 1, 0)}
    assert report.all == Phones(played=8, measured=5, phones=10)
    assert (report.all.each, report.by_campaign[autumn.id, "Autumn"].each) == (2.0, None)


def test_without_plays_the_report_is_empty(db):
    make_campaign(db)
    report = phones_report(db, DeliveryFilter(DAY, DAY), now=LATER)
    assert (report.all, report.by_campaign, report.by_screen, report.by_hour) == (Phones(), {}, {}, {})


def test_an_advertiser_sees_only_its_own_campaigns(db):
    screen, own = make_screen(db), make_advertiser(db)
    mine, theirs = make_campaign(db, advertiser=own), make_campaign(db)
    for campaign_id in (mine.id, theirs.id, ""):
        measure(db, campaign_id, screen)
        deliver(db, campaign_id, screen, plays=5, measured=4, phones=10)
    chosen = DeliveryFilter(DAY, DAY, advertiser_id=own.id)
    report = phones_report(db, chosen, now=LATER)
    assert [id_ for id_, _ in report.by_campaign] == [mine.id]
    assert report.all == Phones(played=5, measured=4, phones=10)
    assert report.by_hour == {9: Phones(4, 4, 10)}
    assert [row.campaign_id for row in phone_rows(db, chosen, now=LATER)] == [mine.id]


def test_the_csv_has_a_line_for_each_day_hour_campaign_and_screen(db):
    screen, campaign = make_screen(db), make_campaign(db, name="Spring")
    measure(db, campaign.id, screen, hour=9)
    measure(db, campaign.id, screen, on=NEXT, hour=8, plays=3, phones=1)
    lines = [*csv.DictReader(phone_csv_lines(db, DeliveryFilter(DAY, NEXT), now=LATER))]
    named = [(line["day"], line["hour"], line["measured_plays"], line["plays_x_phones"]) for line in lines]
    assert named == [("2026-03-02", "9", "4", "10"), ("2026-03-03", "8", "3", "1")]
    assert lines[1]["phones_per_play"] == "0.33"


def test_old_hours_are_deleted(db):
    screen = make_screen(db)
    measure(db, "", screen, on=(LATER - HOURS_STORED_FOR).date() - timedelta(days=1))
    measure(db, "", screen, on=(LATER - HOURS_STORED_FOR).date(), plays=9)
    forget_phone_hours(db, now=LATER)
    assert [hour.plays for hour in db.exec(select(PhonesHour))] == [9]
