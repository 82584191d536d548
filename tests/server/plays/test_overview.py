"""The sums and first rows of the report's page, against the rows of the report itself.

Covers: server.plays.sums
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from itertools import product

import pytest

from server.plays.models import DeliveredDay, Uncounted, UncountedPlays
from server.plays.overview import creative_delivery, delivery_totals, first_rows
from server.plays.report import Counts, DeliveryFilter, delivery
from server.timelines.models import PlannedDay
from tests.factories import (
    NOON,
    make_advertiser,
    make_campaign,
    make_creative,
    make_player,
    make_screen,
    make_venue,
    saved,
)

LATER = NOON + timedelta(days=30)
DAY = date(2026, 3, 2)
DAYS = 9
ALL = DeliveryFilter(DAY, DAY + timedelta(days=DAYS - 1))
# Sorted by languages' rules, these would come in another order than by their symbols' numbers.
NAMES = ("zebra", "Zebra", "Äpfel", "apple", "春", "a b", "a-b")


@pytest.fixture
def network(db):
    """Two venues, three screens, campaigns of the same name, notices, and rows of a campaign that is unknown."""
    chance = random.Random(11)
    venues = [make_venue(db, name=name, zone=zone) for name, zone in (("ö", "Asia/Shanghai"), ("O", "Europe/Berlin"))]
    screens = [make_screen(db, venue=venues[nth % 2], name=name) for nth, name in enumerate(("é", "E", "f"))]
    campaigns = [make_campaign(db, name=name) for name in (*NAMES, "apple")]
    creatives = [make_creative(db).id for _ in range(2)]
    player = make_player(db, screen=screens[0])
    for screen, campaign_id, nth in product(screens, [c.id for c in campaigns] + ["", "unknown"], range(DAYS)):
        key = {"screen_id": screen.id, "campaign_id": campaign_id, "on": DAY + timedelta(days=nth)}
        for creative_id in creatives:
            if chance.random() < 0.2:
                saved(db, PlannedDay(creative_id=creative_id, booked=chance.randint(1, 9), planned=3, **key))
            if chance.random() < 0.2:
                saved(db, DeliveredDay(item=creative_id, plays=chance.randint(0, 9), failed=1, shown_ms=2**40, **key))
        if chance.random() < 0.1:
            of = {"player_id": player.id, "reason": Uncounted.OVERLAP, "first_at": NOON, "last_at": NOON}
            saved(db, UncountedPlays(plays=chance.randint(1, 9), **of, **key))
    return screens, campaigns


def summed(rows, key):
    sums = defaultdict(Counts)
    for row in rows:
        sums[key(row)] += row.counts
    return dict(sums)


def filters(screens, campaigns, own):
    yield {}
    yield {"screen_id": screens[1].id}
    yield {"campaign_id": campaigns[0].id}
    yield {"venue_ids": [screens[0].venue_id]}
    yield {"advertiser_id": campaigns[0].advertiser_id}
    yield {"advertiser_id": own.id}
    yield {"until_on": DAY}


def test_totals_are_the_sums_of_the_rows(db, network):
    for restricted_to in filters(*network, make_advertiser(db)):
        chosen = DeliveryFilter(**({"from_on": DAY, "until_on": ALL.until_on} | restricted_to))
        rows, totals = delivery(db, chosen, now=LATER), delivery_totals(db, chosen, now=LATER)
        assert totals.all == sum((row.counts for row in rows), Counts())
        assert totals.by_day == summed(rows, lambda row: row.on)
        assert totals.by_campaign == summed(rows, lambda row: (row.campaign_id, row.campaign))
        assert list(totals.by_campaign) == sorted(totals.by_campaign, key=lambda key: (key[1], key[0]))


@pytest.mark.parametrize("most", [1, 7, 60, 10_000])
def test_the_first_rows_are_those_of_the_report(db, network, most):
    for restricted_to in filters(*network, make_advertiser(db)):
        chosen = DeliveryFilter(**({"from_on": DAY, "until_on": ALL.until_on} | restricted_to))
        assert first_rows(db, chosen, most=most, now=LATER) == delivery(db, chosen, now=LATER)[:most]


def test_days_that_have_not_begun_at_a_venue_are_in_neither(db, network):
    evening = NOON.replace(hour=16, minute=30)  # tomorrow in Shanghai, today in Berlin
    rows = delivery(db, ALL, now=evening)
    assert {row.on for row in rows} == {DAY, DAY + timedelta(days=1)}
    assert first_rows(db, ALL, most=10_000, now=evening) == rows
    assert delivery_totals(db, ALL, now=evening).all == sum((row.counts for row in rows), Counts())


def test_without_plays_there_are_no_rows_and_no_days(db):
    totals = delivery_totals(db, ALL, now=LATER)
    assert (totals.all, totals.by_campaign, totals.by_day) == (Counts(), {}, {})
    assert first_rows(db, ALL, most=10, now=LATER) == []


def test_counts_are_summed_by_creative_over_screens_and_days(db):
    creative, other = make_creative(db, title="Film"), make_creative(db, title="Bild")
    campaign = make_campaign(db, creatives=[creative, other], name="Spring")
    for on in (DAY, DAY + timedelta(days=1)):
        for screen in (make_screen(db), make_screen(db)):
            ids = {"campaign_id": campaign.id, "screen_id": screen.id, "on": on}
            saved(db, PlannedDay(creative_id=creative.id, booked=5, planned=4, **ids))
            saved(db, DeliveredDay(item=creative.id, plays=3, shown_ms=30_000, **ids))
    saved(db, DeliveredDay(item=other.id, plays=1, shown_ms=9_000, **ids))
    rows = creative_delivery(db, DeliveryFilter(DAY, DAY + timedelta(days=1), campaign_id=campaign.id), now=LATER)
    assert [(row.campaign, row.creative, row.counts) for row in rows] == [
        ("Spring", "Bild", Counts(played=1, shown_ms=9_000)),
        ("Spring", "Film", Counts(booked=20, planned=16, played=12, shown_ms=120_000)),
    ]
    others = DeliveryFilter(DAY, DAY + timedelta(days=1), advertiser_id=make_advertiser(db).id)
    assert creative_delivery(db, others, now=LATER) == []
