"""Phones in the games of plays that count: what the report and the export of plays say of them."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from datetime import date, timedelta

import pytest

from server.db import from_ms
from server.games.models import GameRound
from server.plays.export import play_lines
from server.plays.games import GameCounts, PhonesOfGame, game_csv_lines, game_rows, games_report
from server.plays.report import DeliveryFilter
from tests.factories import NOON, make_advertiser, make_creative, make_screen, saved

LATER = NOON + timedelta(days=30)
DAY = date(2026, 3, 2)
BOTH = DeliveryFilter(DAY, DAY + timedelta(days=1))


@pytest.fixture
def creative(db):
    return make_creative(db, kind="game", title="Run for noodles", length_ms=10_000)


@pytest.fixture
def join(db):
    """Lets phones join the game of a play: two, of which one did nothing, unless the counts are given."""

    def join(play, **counts):
        phones = {"joined": 2, "played": 1, "finished": 1, "prizes": 1} | counts
        saved(
            db,
            GameRound(
                screen_id=play.screen,
                starts_at=from_ms(play.starts_ms),
                length_ms=10_000,
                creative_id=play.item[:26],
                campaign_id=play.campaign,
                seed="00" * 32,
                saved_at=NOON,
                **phones,
            ),
        )

    return join


def phones_by_play(db, chosen=BOTH):
    rows = csv.DictReader("".join(play_lines(lambda: nullcontext(db), chosen)).splitlines())
    return [tuple(row[f"game_{name}"] for name in PhonesOfGame._fields) for row in rows]


def test_phones_are_summed_over_the_plays_of_a_game(db, accept, player, play, join):
    accept(player, [play(0), play(1), play(2)], now=NOON)
    join(play(0))
    join(play(2), joined=5, played=4, finished=3, prizes=0)
    (row,) = game_rows(db, BOTH, now=LATER)
    assert (row.creative, row.on, row.screen) == ("Run for noodles", DAY, "Car 1")
    assert row.counts == GameCounts(plays=3, rounds=2, joined=7, played=5, finished=4, prizes=1)


def test_a_play_that_nobody_joined_counts_no_phones(db, accept, player, play, join):
    accept(player, [play(0), play(1)], now=NOON)
    join(play(1))
    assert phones_by_play(db) == [("0", "0", "0", "0"), ("2", "1", "1", "1")]
    assert game_rows(db, BOTH, now=LATER)[0].counts.plays == 2


def test_a_round_of_a_play_that_does_not_count_is_in_no_number(db, accept, player, play, join):
    failed = play(0, result="failed")
    accept(player, [failed], now=NOON)
    join(failed)
    join(play(1))  # its play has not arrived yet
    assert game_rows(db, BOTH, now=LATER) == []
    assert phones_by_play(db) == [("", "", "", "")]


def test_a_round_may_be_known_before_its_play(db, accept, player, play, join):
    join(play(0))
    accept(player, [play(0)], now=NOON)
    assert games_report(db, BOTH, now=LATER).all == GameCounts(1, 1, 2, 1, 1, 1)


def test_a_report_of_games_is_restricted_as_others_are(db, accept, player, play, join, screen):
    accept(player, [play(0)], now=NOON)
    join(play(0))

    def found(**restricted_to):
        return len(game_rows(db, DeliveryFilter(DAY, DAY, **restricted_to), now=LATER))

    assert found() == found(screen_id=screen.id) == found(campaign_id=play(0).campaign) == 1
    assert found(screen_id=make_screen(db).id) == found(advertiser_id=make_advertiser(db).id) == 0
    assert game_rows(db, DeliveryFilter(DAY + timedelta(days=1), DAY + timedelta(days=1)), now=LATER) == []


def test_films_are_no_games(db, accept, player, play, creative):
    creative.kind = "video"
    accept(player, [play(0)], now=NOON)
    assert games_report(db, BOTH, now=LATER).by_game == {}
    assert phones_by_play(db) == [("", "", "", "")]


def test_the_csv_has_a_line_for_each_day_and_screen(db, accept, player, play, join):
    accept(player, [play(0), play(1)], now=NOON)
    join(play(1))
    (line,) = csv.DictReader(list(game_csv_lines(db, BOTH, now=LATER)))
    assert (line["day"], line["game"], line["plays"], line["plays_joined"]) == (
        "2026-03-02",
        "Run for noodles",
        "2",
        "1",
    )
    assert [line[name] for name in PhonesOfGame._fields] == ["2", "1", "1", "1"]
