"""Days that are over are summed up once, and the sums stay what the rows say."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select, update

from media.store import MediaStore
from media.wire.plays import Play
from server.campaigns.models import Campaign
from server.db import new_id, reading, to_ms, transaction
from server.plays import settle as settling
from server.plays.models import CampaignSum, DeliveredDay, LateCount, SettledZone
from server.plays.overview import creative_delivery, delivery_totals
from server.plays.phones import phones_report
from server.plays.played import Tally, tallies
from server.plays.report import Counts, DeliveryFilter, DeliveryRow, delivery
from server.plays.settle import SETTLED_AFTER, SettledMeanwhile, settle
from server.plays.up_time import up_times
from server.screens.models import Player, Screen, Venue
from server.timelines.models import PlannedDay
from tests.factories import make_campaign, make_creative, make_player, make_screen, make_venue
from tests.rig.players.planned import accept_batch, publish_spots

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
YESTERDAY = date(2026, 3, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class NotOurs(Exception):
    """Another worker has the job by now."""


@dataclass
class House:
    """Two screens, each with a box that is always heard of, and two campaigns on both."""

    engine: Engine
    store: MediaStore
    screens: list[Screen]
    players: list[Player]
    campaigns: list[Campaign]
    creative: str
    versions: int = 0

    def plan(self, screen: int, campaign: int, on: date, spots: int) -> None:
        facts = {"screen_id": self.screens[screen].id, "campaign_id": self.campaigns[campaign].id, "on": on}
        with transaction(self.engine) as db:
            db.add(PlannedDay(**facts, creative_id=new_id(), booked=spots + 1, planned=spots))

    def report(
        self, screen: int, campaign: int, starts: datetime, *, now: datetime, plays: int = 1, **more: Any
    ) -> None:
        with transaction(self.engine) as db:
            player = db.get_one(Player, self.players[screen].id)
            apart = timedelta(seconds=10)
            plays_sent = [self._play(screen, campaign, starts + n * apart, **more) for n in range(plays)]
            self._publish(db, self.screens[screen], plays_sent)
            assert {answer.status for answer in accept_batch(db, self.store, player, plays_sent, now=now)} == {
                "accepted"
            }

    def _publish(self, db: Session, screen: Screen, plays: list[Play]) -> None:
        """In a version of their own: campaigns of this test may play at the same time."""
        self.versions += 1
        spots = [(play.starts_ms, play.item, 2) for play in plays]
        publish_spots(db, self.store, screen, spots, version=self.versions)

    def _play(self, screen: int, campaign: int, starts: datetime, **more: Any) -> Play:
        campaign_id, at = self.campaigns[campaign].id, to_ms(starts)
        shown = {"starts_ms": at, "began_ms": at, "ended_ms": at + 10_000, "result": "played", "version": 1}
        named = {"id": new_id(), "kind": "spot", "screen": self.screens[screen].id, "campaign": campaign_id}
        return Play.model_validate({**named, **shown, "item": f"{self.creative}-{campaign_id}", **more})

    def tallies(self, now: datetime) -> dict[str, Tally]:
        with reading(self.engine) as db:
            return tallies(db, now=now)

    def up_times(self, now: datetime) -> dict[str, float]:
        with reading(self.engine) as db:
            return up_times(db, now=now)

    def played(self, now: datetime, campaign: int = 0) -> int:
        found = self.tallies(now).get(self.campaigns[campaign].id)
        return found.played if found else 0


@pytest.fixture
def house(engine: Engine, store: MediaStore) -> House:
    with transaction(engine) as db:
        venue = make_venue(db, zone="UTC")
        screens = [make_screen(db, venue=venue, name=name) for name in ("left", "right")]
        players = [make_player(db, screen=screen, seen_at=MIDNIGHT + 90 * DAY) for screen in screens]
        creative = make_creative(db)
        campaigns = [make_campaign(db, creatives=[creative], ends_on=date(2026, 4, 30)) for _ in range(2)]
    return House(engine, store, screens, players, campaigns, creative.id)


def rows(engine: Engine, table: type[Any]) -> list[Any]:
    with reading(engine) as db:
        return list(db.exec(select(table)))


def test_settled_days_are_counted_by_their_sums(house: House) -> None:
    house.plan(0, 0, YESTERDAY, 20)
    house.report(0, 0, MIDNIGHT - HOUR, now=MIDNIGHT - HOUR / 2, plays=15)
    now = MIDNIGHT + HOUR
    before, up = house.tallies(now), house.up_times(now)
    settle(house.engine, now=now)
    with transaction(house.engine) as db:
        db.exec(delete(PlannedDay))
        db.exec(delete(DeliveredDay))
    assert house.tallies(now) == before
    assert house.up_times(now) == up == {house.screens[0].id: 0.75}


def test_a_day_is_settled_only_when_its_last_plays_are_surely_written(house: House) -> None:
    house.report(0, 0, MIDNIGHT - HOUR, now=MIDNIGHT - HOUR / 2)
    settle(house.engine, now=MIDNIGHT + SETTLED_AFTER - timedelta(seconds=1))
    assert rows(house.engine, CampaignSum) == []
    settle(house.engine, now=MIDNIGHT + SETTLED_AFTER)
    [row] = rows(house.engine, CampaignSum)
    assert (row.zone, row.on, row.plays) == ("UTC", YESTERDAY, 1)


def test_a_journal_that_comes_late_counts_at_once_and_once(house: House) -> None:
    now = MIDNIGHT + HOUR
    house.report(0, 0, MIDNIGHT - 2 * HOUR, now=MIDNIGHT - HOUR, plays=3)
    settle(house.engine, now=now)
    house.report(0, 0, MIDNIGHT - HOUR, now=now, plays=4)
    assert house.played(now) == 7
    settle(house.engine, now=now)
    assert (house.played(now), rows(house.engine, LateCount)) == (7, [])


def test_plays_reported_between_midnight_and_the_sum_are_in_it_once(house: House) -> None:
    early, now = MIDNIGHT + SETTLED_AFTER / 2, MIDNIGHT + HOUR
    house.report(0, 0, MIDNIGHT - HOUR, now=early, plays=4)
    assert house.played(early) == 4
    settle(house.engine, now=now)
    assert (house.played(now), rows(house.engine, LateCount)) == (4, [])


def test_a_late_play_of_a_day_without_reports_counts(house: House) -> None:
    settle(house.engine, now=MIDNIGHT + HOUR)
    house.report(1, 1, MIDNIGHT - 20 * DAY, now=MIDNIGHT + HOUR)
    for _ in range(2):
        assert house.played(MIDNIGHT + HOUR, 1) == 1
        settle(house.engine, now=MIDNIGHT + HOUR)


def test_plays_reported_while_a_day_is_summed_up_are_added_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = MIDNIGHT + HOUR
    house.report(0, 0, MIDNIGHT - 2 * HOUR, now=MIDNIGHT - HOUR, plays=3)
    real = settling._sums_of

    def looked(*args: Any) -> Any:
        """Another transaction comes between the look at the rows and the sums."""
        found = real(*args)
        house.report(0, 0, MIDNIGHT - HOUR, now=now, plays=4)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(settling, "_sums_of", looked)
        settle(house.engine, now=now)
    assert house.played(now) == 7
    settle(house.engine, now=now)
    assert house.played(now) == 7


def test_of_two_that_sum_up_the_same_day_one_writes(house: House) -> None:
    now = MIDNIGHT + HOUR
    house.report(0, 0, MIDNIGHT - HOUR, now=MIDNIGHT - HOUR / 2, plays=5)
    with reading(house.engine) as db:
        sums = settling._sums_of(db, "UTC", YESTERDAY)
    settle(house.engine, now=now)
    with pytest.raises(SettledMeanwhile), transaction(house.engine) as db:
        settling._write(db, "UTC", YESTERDAY, sums)
    assert house.played(now) == 5


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_a_venue_that_changes_its_zone_keeps_its_sums(house: House, zone: str) -> None:
    """Also when other venues have been in the new zone for long."""
    for ago in (3, 2, 1):
        house.report(0, 0, MIDNIGHT - ago * DAY + HOUR, now=MIDNIGHT - ago * DAY + 2 * HOUR, plays=ago)
    now = MIDNIGHT + HOUR
    with transaction(house.engine) as db:
        make_screen(db, venue=make_venue(db, zone="Asia/Shanghai"))
    settle(house.engine, now=now)
    with transaction(house.engine) as db:
        db.exec(update(Venue).where(col(Venue.zone) == "UTC").values(zone=zone))
    for later in (now, now + 12 * HOUR, now + 3 * DAY):
        assert house.played(later) == 6
        settle(house.engine, now=later)
        assert house.played(later) == 6
    assert {row.id for row in rows(house.engine, SettledZone)} >= {"UTC", zone}


@pytest.mark.parametrize("seed", range(4))
def test_the_sums_are_at_every_moment_what_the_rows_say(house: House, seed: int) -> None:
    """Plays come now, or up to twelve days late; days are settled now and then; nothing is lost or counted twice."""
    chance = random.Random(seed)
    now = MIDNIGHT
    for step in range(40):
        now += chance.random() * 20 * HOUR
        screen, campaign = chance.randrange(2), chance.randrange(2)
        begun = now - chance.choice([0.01, 0.01, 0.4, 1, 3, 12]) * DAY - chance.random() * HOUR
        more = chance.choice(({}, {}, {"result": "failed"}, {"phones": 4, "phones_samples": 2}))
        house.report(screen, campaign, begun, now=now, plays=chance.randrange(1, 4), **more)
        if chance.random() < 0.3:
            house.plan(screen, campaign, now.date() + chance.randrange(1, 3) * DAY, chance.randrange(1, 50))
        if chance.random() < 0.4:
            settle(house.engine, now=now)
        with reading(house.engine) as db:
            assert _sums(tallies(db, now=now)) == _as_the_rows_say(db, now)
            if step % 4 == 3:
                assert_reported_as_the_rows_say(db, now)
    assert rows(house.engine, CampaignSum)


def assert_reported_as_the_rows_say(db: Session, now: datetime) -> None:
    """The report's sums are those of its rows, which are read from the rows of every screen."""
    chosen = DeliveryFilter(YESTERDAY - 20 * DAY, now.date())
    listed, totals = delivery(db, chosen, now=now), delivery_totals(db, chosen, now=now)
    assert totals.all == sum((row.counts for row in listed), Counts())
    for by_key, key in (
        (totals.by_campaign, lambda row: (row.campaign_id, row.campaign)),
        (totals.by_day, lambda row: row.on),
    ):
        assert {of: counts for of, counts in by_key.items() if counts != Counts()} == _summed_by(listed, key)
    creatives = sum((row.counts for row in creative_delivery(db, chosen, now=now)), Counts())
    assert creatives == replace(totals.all, uncounted=0)
    days = db.exec(select(DeliveredDay).where(col(DeliveredDay.on) <= now.date())).all()
    phones = phones_report(db, chosen, now=now).all
    assert (phones.measured, phones.phones) == (sum(day.measured for day in days), sum(day.phones for day in days))


def _summed_by(listed: list[DeliveryRow], key: Callable[[DeliveryRow], Any]) -> dict[Any, Counts]:
    sums: dict[Any, Counts] = defaultdict(Counts)
    for row in listed:
        sums[key(row)] += row.counts
    return dict(sums)


def _sums(found: dict[str, Tally]) -> dict[str, tuple[int, ...]]:
    counts = {
        id_: (tally.booked, tally.planned, tally.played, tally.planned_lately, tally.played_lately)
        for id_, tally in found.items()
    }
    return {id_: sums for id_, sums in counts.items() if any(sums)}


def _as_the_rows_say(db: Session, now: datetime) -> dict[str, tuple[int, ...]]:
    today, sums = now.date(), Counter[tuple[str, int]]()
    for day in db.exec(select(PlannedDay).where(col(PlannedDay.on) < today)):
        sums[day.campaign_id, 0] += day.booked
        sums[day.campaign_id, 1] += day.planned
        sums[day.campaign_id, 3] += day.planned if day.on >= today - 7 * DAY else 0
    for row in db.exec(select(DeliveredDay).where(col(DeliveredDay.on) < today)):
        sums[row.campaign_id, 2] += row.plays
        sums[row.campaign_id, 4] += row.plays if row.on >= today - 7 * DAY else 0
    return {id_: tuple(sums[id_, n] for n in range(5)) for id_ in {id_ for id_, _ in sums}}


def test_a_worker_that_lost_its_job_settles_nothing(house: House) -> None:
    house.plan(0, 0, YESTERDAY, 5)

    def refuse(_db: Session) -> None:
        raise NotOurs

    with pytest.raises(NotOurs):
        settle(house.engine, now=MIDNIGHT + HOUR, fence=refuse)
    with reading(house.engine) as db:
        assert db.exec(select(SettledZone)).all() == []
