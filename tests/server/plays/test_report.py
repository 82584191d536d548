from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import pytest

from server.db import to_ms
from server.plays.models import DeliveredDay
from server.plays.report import (
    BadSpan,
    Counts,
    DeliveryFilter,
    csv_lines,
    delivery,
    recent_plays,
)
from server.timelines.models import PlannedDay
from tests.factories import NOON, make_advertiser, make_campaign, make_creative, make_screen, make_venue, saved

LATER = NOON + timedelta(days=30)
DAY = date(2026, 3, 2)
NEXT = date(2026, 3, 3)


def plan(db, campaign, screen, *, on=DAY, booked=10, planned=8):
    creative = make_creative(db)
    facts = {"campaign_id": campaign.id, "creative_id": creative.id, "booked": booked, "planned": planned}
    return saved(db, PlannedDay(screen_id=screen.id, on=on, **facts))


def deliver(db, campaign_id, screen, *, on=DAY, plays=6, failed=1):
    facts = {"campaign_id": campaign_id, "plays": plays, "failed": failed, "shown_ms": plays * 10_000}
    return saved(db, DeliveredDay(screen_id=screen.id, on=on, item=make_creative(db).id, **facts))


def test_booked_planned_and_played_stand_side_by_side(db):
    screen, campaign = make_screen(db), make_campaign(db, name="Spring")
    for _ in range(2):
        plan(db, campaign, screen)
        deliver(db, campaign.id, screen)
    (row,) = delivery(db, DeliveryFilter(DAY, DAY), now=LATER)
    assert (row.campaign, row.screen, row.venue, row.on) == ("Spring", "Car 1", "Harbour Tower", DAY)
    assert row.counts == Counts(booked=20, planned=16, played=12, failed=2, shown_ms=120_000)
    assert row.counts.share == 0.75


def test_spots_that_were_only_planned_or_only_played_are_reported_too(db):
    screen, planned, played = make_screen(db), make_campaign(db), make_campaign(db)
    plan(db, planned, screen)
    deliver(db, played.id, screen)
    rows = {row.campaign_id: row.counts for row in delivery(db, DeliveryFilter(DAY, DAY), now=LATER)}
    assert rows[planned.id] == Counts(booked=10, planned=8)
    assert (rows[played.id].played, rows[played.id].share) == (6, None)


def test_notices_have_no_campaign(db):
    deliver(db, "", make_screen(db))
    (row,) = delivery(db, DeliveryFilter(DAY, DAY), now=LATER)
    assert (row.campaign_id, row.campaign, row.counts.played) == ("", "", 6)


def test_a_report_can_be_restricted_to_a_campaign_a_screen_venues_or_an_advertiser(db):
    one, other = make_screen(db), make_screen(db)
    mine, theirs = make_campaign(db, advertiser=make_advertiser(db)), make_campaign(db)
    for screen in (one, other):
        for campaign_id in (mine.id, theirs.id, ""):
            deliver(db, campaign_id, screen)

    def found(**restricted_to):
        return len(delivery(db, DeliveryFilter(DAY, DAY, **restricted_to), now=LATER))

    assert found() == 6
    assert found(campaign_id=mine.id) == 2
    assert found(screen_id=one.id) == 3
    assert found(venue_ids=[other.venue_id]) == 3
    assert found(venue_ids=[]) == 0
    assert found(advertiser_id=mine.advertiser_id) == 2
    assert found(advertiser_id=mine.advertiser_id, campaign_id=theirs.id) == 0


def test_days_outside_are_left_out(db):
    screen, campaign = make_screen(db), make_campaign(db)
    for on in (DAY, NEXT, date(2026, 3, 4)):
        deliver(db, campaign.id, screen, on=on)
    rows = delivery(db, DeliveryFilter(DAY, NEXT), now=LATER)
    assert [(row.on, row.counts.played) for row in rows] == [(DAY, 6), (NEXT, 6)]


@pytest.mark.parametrize(("from_on", "until_on"), [(NEXT, DAY), (DAY, date(2028, 3, 2))])
def test_a_span_that_runs_backwards_or_for_years_is_refused(from_on, until_on):
    with pytest.raises(BadSpan):
        DeliveryFilter(from_on, until_on)


def test_the_csv_holds_every_row_and_runs_no_formula(db):
    screen = make_screen(db, name="Car, north")
    campaign = make_campaign(db, name="=1+1")
    plan(db, campaign, screen)
    deliver(db, campaign.id, screen)
    deliver(db, campaign.id, screen, on=NEXT)
    first, second = csv.DictReader(list(csv_lines(db, DeliveryFilter(DAY, NEXT), now=LATER)))
    assert (first["day"], first["campaign"], first["screen"]) == ("2026-03-02", "'=1+1", "Car, north")
    assert (first["booked"], first["planned"], first["played"]) == ("10", "8", "6")
    assert (first["shown_s"], first["share"], second["share"]) == ("60.000", "0.7500", "")


def test_recent_plays_come_newest_first(db, accept, player, play, screen):
    accept(player, [play(nth) for nth in range(5)], now=NOON)
    since = to_ms(NOON) - 3_600_000 + 20_000
    found = recent_plays(db, since)
    assert [row.starts_ms - since for row in found] == [20_000, 10_000, 0]
    assert len(recent_plays(db, 0, most=2)) == 2
    assert recent_plays(db, 0, screen_ids=[]) == []
    assert len(recent_plays(db, 0, screen_ids=[screen.id], campaign_id=found[0].campaign_id)) == 5


def test_days_that_have_not_begun_at_a_venue_are_left_out(db):
    """At 16:30 UTC it is tomorrow in Shanghai and still today in Berlin."""
    campaign = make_campaign(db)
    for zone in ("Asia/Shanghai", "Europe/Berlin"):
        screen = make_screen(db, venue=make_venue(db, name=zone, zone=zone))
        for on in (DAY, NEXT, date(2026, 3, 4)):
            plan(db, campaign, screen, on=on)
    evening = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    rows = delivery(db, DeliveryFilter(DAY, date(2026, 3, 9)), now=evening)
    assert [(row.venue, row.on) for row in rows] == [
        ("Asia/Shanghai", DAY),
        ("Europe/Berlin", DAY),
        ("Asia/Shanghai", NEXT),
    ]
