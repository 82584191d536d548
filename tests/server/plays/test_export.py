from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from media.wire.plays import Play
from server.plays.export import Reading, play_batches, play_lines
from server.plays.report import DeliveryFilter
from server.screens.models import Player, Screen
from tests.factories import NOON, make_advertiser, make_campaign
from tests.server.plays.conftest import Accept

DAY = DeliveryFilter(date(2026, 3, 2), date(2026, 3, 2))


def reading_of(db: Session) -> Reading:
    @contextmanager
    def reading() -> Iterator[Session]:
        yield db

    return reading


def export(db: Session, wanted: DeliveryFilter = DAY) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(play_lines(reading_of(db), wanted)))))


def test_a_play_is_written_in_utc_and_by_the_venues_clock(
    db: Session, accept: Accept, player: Player, screen: Screen, play: Callable[..., Play]
) -> None:
    played = play(0)
    accept(player, [played], now=NOON)
    (row,) = export(db)
    assert (row["venue"], row["screen"], row["campaign"], row["creative"]) == (
        "Harbour Tower",
        "Car 1",
        "Spring",
        "A image",
    )
    assert (row["begin_utc"], row["end_utc_exclusive"]) == ("2026-03-02T11:00:00.005Z", "2026-03-02T11:00:10.000Z")
    assert (row["begin_local"], row["zone"]) == ("2026-03-02T19:00:00.005+08:00", "Asia/Shanghai")
    assert (row["shown_s"], row["result"], row["counted"]) == ("9.995", "played", "yes")


def test_a_second_showing_of_a_spot_is_listed_as_not_counted(
    db: Session, accept: Accept, player: Player, play: Callable[..., Play]
) -> None:
    accept(player, [play(0)], now=NOON)
    accept(player, [play(0)], now=NOON)
    listed = sorted((row["counted"], row["not_counted_because"]) for row in export(db))
    assert listed == [("no", "overlap"), ("yes", "")]


def test_batches_hold_each_play_once_even_where_many_begin_together(
    db: Session, accept: Accept, player: Player, play: Callable[..., Play]
) -> None:
    accept(player, [play(nth // 3) for nth in range(10)], now=NOON)
    batches = list(play_batches(reading_of(db), DAY, size=4))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    ids = [exported.play.id for batch in batches for exported in batch]
    assert len(set(ids)) == 10


def test_a_day_is_the_venues_day(db: Session, accept: Accept, player: Player, play: Callable[..., Play]) -> None:
    """Half past midnight in Shanghai is still yesterday in UTC."""
    half_past = play(0).starts_ms + (4 * 60 + 90) * 60_000
    late = play(starts_ms=half_past, began_ms=half_past, ended_ms=half_past + 10_000)
    accept(player, [late], now=NOON.replace(hour=18))
    assert export(db) == []
    assert len(export(db, DeliveryFilter(date(2026, 3, 3), date(2026, 3, 3)))) == 1


def test_an_advertiser_reads_the_plays_of_own_campaigns_only(
    db: Session, accept: Accept, player: Player, play: Callable[..., Play]
) -> None:
    accept(player, [play(0)], now=NOON)
    other = make_campaign(db, advertiser=make_advertiser(db))
    assert export(db, replace(DAY, advertiser_id=other.advertiser_id)) == []
    assert export(db, replace(DAY, campaign_id=other.id)) == []
    assert export(db, replace(DAY, screen_id="elsewhere")) == []
    assert export(db, replace(DAY, venue_ids=[])) == []
