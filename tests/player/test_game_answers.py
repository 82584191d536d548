"""The daemon's side of games: which game is on, and prizes of the lease."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from media.wire.game_rounds import RoundReport
from media.wire.games import GameState
from player.portal.upstream.player_messages import (
    BadRequest,
    Done,
    GameAnswer,
    GameRequest,
    GameShown,
    HandOutRequest,
    NoCoupon,
    NoGame,
    SeatPhone,
    Settled,
    SettleRequest,
)
from tests.player.game_rig import LENGTH_MS, FakeDaemon, game_timeline
from tests.player.timelines import MONDAY_MS, SCREEN

REPORT = RoundReport(
    screen=SCREEN, starts_ms=MONDAY_MS, item="game", version=1, seed="5" * 64, joined=3, played=3, finished=3
)


@pytest.fixture
def daemon(tmp_path: Path) -> FakeDaemon:
    return FakeDaemon(tmp_path, claims=2)


def settlement(*seats: int, starts_ms: int = MONDAY_MS, offer: str = "offer") -> SettleRequest:
    report = REPORT.model_copy(update={"starts_ms": starts_ms})
    winners = tuple(SeatPhone(seat=seat, phone=f"{seat}" * 64) for seat in seats)
    return SettleRequest(round=report, offer=offer, winners=winners)


def test_the_game_is_found_by_the_instant_at_which_its_spot_starts(daemon: FakeDaemon) -> None:
    answer = daemon.games.answer(GameRequest(spot_ms=MONDAY_MS))
    assert isinstance(answer, GameAnswer)
    assert (answer.screen, answer.item, answer.length_ms, answer.offer) == (SCREEN, "game", LENGTH_MS, "offer")


@pytest.mark.parametrize("after_ms", [-5000, 1, 5000, 20_000, 86_400_000 // 2])
def test_another_instant_has_no_game(daemon: FakeDaemon, after_ms: int) -> None:
    assert daemon.games.answer(GameRequest(spot_ms=MONDAY_MS + after_ms)) == NoGame(at_server=False)


def test_the_timeline_says_who_the_referee_is(daemon: FakeDaemon) -> None:
    daemon.timeline = game_timeline(box_referees=False)
    assert daemon.games.answer(GameRequest(spot_ms=MONDAY_MS)) == NoGame(at_server=True)


def test_a_state_goes_to_the_board(daemon: FakeDaemon) -> None:
    state = GameState(spot=MONDAY_MS, joined=2)
    assert daemon.games.answer(GameShown(state=state)) == Done()
    assert daemon.board == [state]


def test_no_more_prizes_are_given_than_the_lease_has(daemon: FakeDaemon) -> None:
    assert daemon.games.answer(settlement(2, 0, 1)) == Settled(winners=(2, 0))
    assert {out.key for out in daemon.leases.unreported()} == {f"game-{SCREEN}-{MONDAY_MS}"}
    [report] = daemon.rounds.unreported()
    assert [prize.seat for prize in report.prizes] == [2, 0]


def test_a_round_is_settled_once_however_often_it_is_requested(daemon: FakeDaemon) -> None:
    given = [daemon.games.answer(settlement(*seats)) for seats in ((2,), (2,), (0, 1))]
    assert given == [Settled(winners=(2,))] * 3
    assert len(daemon.leases.unreported()) == daemon.settled == 1


def test_a_power_cut_between_claims_and_round_gives_no_prize_twice(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(daemon.rounds, "store", fail)
        assert daemon.games.answer(settlement(0)) == BadRequest()
    assert len(daemon.leases.unreported()) == 1
    assert daemon.games.answer(settlement(0)) == Settled(winners=(0,))
    assert len(daemon.leases.unreported()) == 1


def fail(_report: RoundReport) -> RoundReport:
    raise sqlite3.OperationalError("database or disk is full")


def test_who_wins_again_shows_the_coupon_that_the_phone_has(daemon: FakeDaemon) -> None:
    for starts_ms in (MONDAY_MS, MONDAY_MS + 30_000):
        assert daemon.games.answer(settlement(0, starts_ms=starts_ms)) == Settled(winners=(0,))
    assert len(daemon.leases.unreported()) == 1


def test_a_game_for_fun_and_one_of_another_offer_give_nothing(daemon: FakeDaemon) -> None:
    assert daemon.games.answer(settlement(0, offer="")) == Settled(winners=())
    assert daemon.games.answer(settlement(0, starts_ms=1, offer="elsewhere")) == Settled(winners=())
    assert daemon.leases.unreported() == []


def test_a_prize_must_be_won(daemon: FakeDaemon) -> None:
    request = HandOutRequest(offer="offer", phone="a" * 64, key="k", only_earlier=False)
    assert isinstance(daemon.coupons.answer(request), NoCoupon)
