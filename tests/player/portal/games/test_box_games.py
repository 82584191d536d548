"""Games that the portal referees, over the real leases and rounds of a daemon."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from media.games.faces import MOST_FACES
from media.wire.games import GameSeat, SeatInput
from player.line_socket import NoAnswer
from player.portal.errors import PortalError
from tests.player.game_rig import FakeDaemon, FakePortal, game_timeline
from tests.player.timelines import MONDAY_MS

ANN, BOB, EVE = (sha256(name.encode()).hexdigest() for name in ("ann", "bob", "eve"))


@pytest.fixture
def daemon(tmp_path: Path) -> FakeDaemon:
    return FakeDaemon(tmp_path)


@pytest.fixture
def portal(tmp_path: Path, daemon: FakeDaemon) -> FakePortal:
    return FakePortal(tmp_path, daemon)


def join(portal: FakePortal, phone: str, *, lease: str = "", at_ms: int = 1000) -> GameSeat:
    portal.daemon.now = MONDAY_MS + at_ms
    seat = portal.games.join(MONDAY_MS, phone=phone, lease=lease or phone)
    assert seat is not None
    return seat


def tap(portal: FakePortal, seat: GameSeat, taps: int, *, at_ms: int, ticket: str = "") -> bool:
    portal.daemon.now = MONDAY_MS + at_ms
    return portal.games.take(SeatInput(spot=MONDAY_MS, ticket=ticket or seat.ticket, taps=taps))


def refusal(portal: FakePortal, phone: str, *, lease: str = "", at_ms: int = 1000) -> str:
    with pytest.raises(PortalError) as caught:
        join(portal, phone, lease=lease, at_ms=at_ms)
    return caught.value.body.code


def test_the_fastest_win_coupons_of_the_lease_until_it_is_used_up(portal: FakePortal, daemon: FakeDaemon) -> None:
    seats = [join(portal, phone) for phone in (ANN, BOB, EVE)]
    for seat, taps in zip(seats, (10, 30, 20), strict=True):
        assert tap(portal, seat, taps, at_ms=12_000)
    portal.tick(12_000, 16_399)
    assert portal.sent[-1].result is None
    portal.tick(16_400)
    result = portal.sent[-1].result
    assert result is not None
    assert ([place.seats for place in result.places], result.winners) == ([(1,), (2,), (0,)], (1, 2))
    assert daemon.board == portal.sent
    assert [len(daemon.leases.coupons_of(phone)) for phone in (ANN, BOB, EVE)] == [0, 1, 1]
    [report] = daemon.rounds.unreported()
    assert (report.joined, report.played, report.finished, len(report.prizes)) == (3, 3, 3, 2)
    portal.tick(26_000)
    assert portal.games.is_idle


def test_a_phone_has_the_same_seat_at_each_call_and_its_other_windows_have_none(portal: FakePortal) -> None:
    assert join(portal, ANN, lease="radio-1") == join(portal, ANN, lease="radio-1", at_ms=9000)
    assert refusal(portal, BOB, lease="radio-1") == "game_plays_already"
    assert join(portal, BOB, lease="radio-2").seat == 1


@pytest.mark.parametrize(("at_ms", "code"), [(-1, "game_not_open"), (11_000, "game_under_way")])
def test_a_phone_that_joins_at_another_time_reads_why_not(portal: FakePortal, at_ms: int, code: str) -> None:
    assert refusal(portal, ANN, at_ms=at_ms) == code


def test_another_instant_has_no_game(portal: FakePortal) -> None:
    with pytest.raises(PortalError) as caught:
        portal.games.join(MONDAY_MS + 5000, phone=ANN, lease=ANN)
    assert (caught.value.status, caught.value.body.code) == (404, "no_such_game")


def test_where_the_timeline_names_the_server_this_box_referees_nothing(portal: FakePortal, daemon: FakeDaemon) -> None:
    daemon.timeline = game_timeline(box_referees=False)
    assert portal.games.join(MONDAY_MS, phone=ANN, lease=ANN) is None
    daemon.timeline = None
    assert portal.games.join(MONDAY_MS, phone=ANN, lease=ANN) is None


@pytest.mark.parametrize("ticket", ["x", "0.", ".", "0.00", "1." + "0" * 64, "²." + "0" * 64, "9" * 100, "0.ё"])
def test_a_ticket_that_was_not_given_out_counts_nothing(portal: FakePortal, ticket: str) -> None:
    seat = join(portal, ANN)
    assert not tap(portal, seat, 5, at_ms=8000, ticket=ticket)
    assert not tap(portal, seat, 5, at_ms=8000, ticket="1" + seat.ticket[1:])


def test_states_are_sent_twenty_times_a_second_at_most_and_none_while_nobody_plays(portal: FakePortal) -> None:
    portal.tick(0, 1000)
    assert portal.sent == []
    seat = join(portal, ANN)
    for ms in range(7000, 8000, 10):
        tap(portal, seat, ms, at_ms=ms)
        portal.tick(ms)
    assert len(portal.sent) == 20
    portal.tick(8500, 9000)
    assert len(portal.sent) == 21


# --- killed


def test_a_portal_that_was_killed_goes_on_with_every_seat_and_what_it_knew_a_second_ago(
    portal: FakePortal, daemon: FakeDaemon, tmp_path: Path
) -> None:
    ann, bob = join(portal, ANN), join(portal, BOB)
    tap(portal, ann, 20, at_ms=9000)
    portal.tick(9000)
    tap(portal, ann, 30, at_ms=9900)
    second = FakePortal(tmp_path, daemon)
    second.games.resume()
    assert tap(second, bob, 25, at_ms=12_000)
    assert join(second, ANN, at_ms=12_000) == ann
    second.tick(16_400)
    result = second.sent[-1].result
    assert result is not None
    assert [(place.seats, place.points, result.cut_short) for place in result.places] == [
        ((1,), 25_000, False), ((0,), 20_000, False),
    ]  # fmt: skip


def test_a_game_whose_end_no_portal_saw_is_drawn_and_says_so(
    portal: FakePortal, daemon: FakeDaemon, tmp_path: Path
) -> None:
    for phone in (ANN, BOB, EVE):
        join(portal, phone)
    second = FakePortal(tmp_path, daemon)
    daemon.now = MONDAY_MS + 16_000
    second.games.resume()
    second.tick(16_400)
    result = second.sent[-1].result
    assert result is not None
    assert (result.cut_short, len(result.winners)) == (True, 2)
    [report] = daemon.rounds.unreported()
    assert (report.cut_short, report.entrants) == (True, (0, 1, 2))


def test_a_portal_that_was_killed_after_the_end_gives_no_prize_twice(
    portal: FakePortal, daemon: FakeDaemon, tmp_path: Path
) -> None:
    tap(portal, join(portal, ANN), 20, at_ms=12_000)
    portal.tick(16_400)
    second = FakePortal(tmp_path, daemon)
    second.games.resume()
    second.tick(16_500)
    assert second.sent[-1].result == portal.sent[-1].result
    assert len(daemon.leases.unreported()) == daemon.settled == 1


def test_a_daemon_that_is_away_at_the_end_gives_the_prizes_when_it_is_back(
    portal: FakePortal, daemon: FakeDaemon
) -> None:
    seat = join(portal, ANN)
    daemon.is_away = True
    assert tap(portal, seat, 20, at_ms=12_000)
    daemon.now = MONDAY_MS + 16_400
    portal.games.tick()
    assert portal.sent[-1].result is None
    with pytest.raises(NoAnswer):
        portal.games.feed_board()
    daemon.is_away = False
    portal.tick(16_900, 17_400)
    assert portal.sent[-1].result is not None
    assert portal.sent[-1].result.winners == (0,)


# --- many


def test_three_hundred_phones_are_teams_of_twelve_lanes_and_their_states_stay_small(portal: FakePortal) -> None:
    seats = [join(portal, sha256(b"%d" % nth).hexdigest()) for nth in range(300)]
    for nth, seat in enumerate(seats):
        tap(portal, seat, nth % 12 + 1, at_ms=8000)
    portal.tick(8100, 16_400)
    state, end = portal.sent[-2:]
    assert (state.joined, len(state.positions)) == (300, 12)
    assert len(state.model_dump_json()) < 250
    assert end.result is not None
    assert [len(place.seats) for place in end.result.places] == [25] * 12
    assert len(end.model_dump_json()) < 4000


def test_when_all_faces_are_taken_a_phone_reads_that_the_game_is_full(portal: FakePortal) -> None:
    for nth in range(MOST_FACES):
        join(portal, f"{nth:064x}")
    assert refusal(portal, ANN) == "game_full"
