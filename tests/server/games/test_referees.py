from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from media.wire.games import GameState, SeatInput
from server.coupons.codes.derive import CouponKeys
from server.coupons.models import Claim
from server.db import reading, to_ms
from server.db.errors import DatabaseAway
from server.errors import LiftcastError
from server.games import referees
from server.games.models import GameRound
from server.games.referees import GameFullHere, GameNotOpen, GameUnderWay, Referees
from server.games.rounds import Spot
from tests.factories import NOON
from tests.server.games.conftest import after


class Process:
    """The referees of one process, and all that they have sent."""

    def __init__(self, engine: Engine, keys: CouponKeys, *, most_per_address: int = 10) -> None:
        self.sent: list[tuple[str, GameState]] = []
        self.closed: list[str] = []
        self.referees = Referees(engine, secret_key="k" * 64, keys=keys, most_per_address=most_per_address)
        self.referees.send = lambda screen_id, state: self.sent.append((screen_id, state))
        self.referees.close_sockets = self.closed.append

    def join(self, spot: Spot, phone_id: str, *, at_s: float = 1) -> str:
        """The ticket."""
        return self.referees.join(spot, phone_id=phone_id, address="10.0.0.0", now=after(at_s)).ticket

    def tap(self, ticket: str, taps: int, *, at_s: float) -> bool:
        return self.referees.take(SeatInput(spot=to_ms(NOON), ticket=ticket, taps=taps), now=after(at_s))

    def tick(self, *seconds: float) -> None:
        for at_s in seconds:
            self.referees.tick(after(at_s))


@pytest.fixture
def process(engine: Engine, keys: CouponKeys) -> Process:
    return Process(engine, keys)


def test_two_phones_play_and_one_wins(process: Process, engine: Engine, spot: Spot, phones: list[str]) -> None:
    fast, slow = (process.join(spot, phone) for phone in phones[:2])
    process.tap(fast, 50, at_s=12)
    process.tap(slow, 20, at_s=12)
    process.tick(12, 16.5, 30)
    state = process.sent[-1][1]
    assert state.result is not None
    assert (state.joined, [place.seats for place in state.result.places]) == (2, [(0,), (1,)])
    assert state.result.winners == (0,)
    assert process.referees.is_idle
    with reading(engine) as db:
        assert [claim.phone_id for claim in db.exec(select(Claim))] == [phones[0]]


def test_a_phone_has_one_seat_with_an_animal(process: Process, spot: Spot, phones: list[str]) -> None:
    seats = [process.referees.join(spot, phone_id=phones[0], address="a", now=after(n)) for n in (1, 2)]
    assert seats[0] == seats[1]
    assert (seats[0].seat, seats[0].face.animal, seats[0].face.emoji) == (0, "fox", "🦊")
    assert len(seats[0].promise) == 64


@pytest.mark.parametrize(("lanes", "sent"), [(12, 20), (0, 10)])
def test_a_state_is_sent_twenty_times_a_second_at_most_to_a_crowd_ten_times_and_only_after_a_change(
    process: Process, spot: Spot, phones: list[str], lanes: int, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(referees, "LANES", lanes)
    process.tick(0, 1)
    assert process.sent == []
    ticket = process.join(spot, phones[0])
    for nth in range(100):
        at_s = 7 + nth / 100
        process.tap(ticket, nth, at_s=at_s)
        process.tick(at_s)
    assert len(process.sent) == sent
    process.tick(8.5, 9, 10)
    assert len(process.sent) == sent + 1


@pytest.mark.parametrize(("at_s", "error"), [(-1, GameNotOpen), (11, GameUnderWay)])
def test_a_phone_that_comes_at_another_time_is_refused(
    process: Process, spot: Spot, phones: list[str], at_s: float, error: type[LiftcastError]
) -> None:
    with pytest.raises(error):
        process.join(spot, phones[0], at_s=at_s)


def test_the_phones_of_one_address_are_limited(engine: Engine, keys: CouponKeys, spot: Spot, phones: list[str]) -> None:
    process = Process(engine, keys, most_per_address=2)
    process.join(spot, phones[0])
    process.join(spot, phones[1])
    with pytest.raises(GameFullHere):
        process.join(spot, phones[2])


@pytest.mark.parametrize("ticket", ["", "x", "WyJhIl0.aaaa", "ё" * 50])
def test_a_ticket_that_was_not_given_out_counts_nothing(process: Process, spot: Spot, ticket: str) -> None:
    assert process.tap(ticket, 5, at_s=7) is False


def test_a_ticket_of_a_game_that_is_over_reads_the_database_once(
    process: Process, engine: Engine, keys: CouponKeys, spot: Spot, phones: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = process.join(spot, phones[0])
    process.tick(17)
    later = Process(engine, keys)
    assert later.tap(ticket, 5, at_s=18) is False
    monkeypatch.setattr(referees, "transaction", fail)
    assert later.tap(ticket, 5, at_s=18) is False


def test_another_process_goes_on_with_the_game(
    process: Process, engine: Engine, keys: CouponKeys, spot: Spot, phones: list[str]
) -> None:
    """The first one is killed a moment after it saved."""
    fast, slow = (process.join(spot, phone) for phone in phones[:2])
    process.tap(slow, 20, at_s=8)
    process.tick(8)
    second = Process(engine, keys)
    assert second.tap(fast, 50, at_s=13)
    assert second.join(spot, phones[1], at_s=13) == slow
    second.tick(13, 17)
    result = second.sent[-1][1].result
    assert result is not None
    assert [(place.seats, place.points) for place in result.places] == [((0,), 50_000), ((1,), 20_000)]


def test_a_process_whose_game_was_taken_over_neither_saves_nor_settles_it_and_sends_its_phones_away(
    process: Process, engine: Engine, keys: CouponKeys, spot: Spot, phones: list[str]
) -> None:
    """nginx comes back to a process that was away, while sockets of the phones are still open at the other one."""
    slow = process.join(spot, phones[0])
    process.tap(slow, 5, at_s=7)
    process.tick(7.5, 8.5)
    second = Process(engine, keys)
    fast = second.join(spot, phones[1], at_s=9)
    process.tap(slow, 20, at_s=9)
    process.tick(9.1)
    assert process.closed == []
    process.tick(9.6)
    assert process.closed == [spot.screen_id]
    assert process.referees.is_idle
    second.tap(slow, 20, at_s=9.7)
    second.tap(fast, 30, at_s=12)
    second.tick(12, 17)
    with reading(engine) as db:
        result = db.exec(select(GameRound.result)).one()
    assert result is not None
    assert [place["seats"] for place in result["places"]] == [[1], [0]]


def test_a_process_that_hears_of_nothing_does_not_settle_a_game_that_another_has(
    process: Process, engine: Engine, keys: CouponKeys, spot: Spot, phones: list[str]
) -> None:
    process.join(spot, phones[0])
    second = Process(engine, keys)
    fast = second.join(spot, phones[1], at_s=2)
    second.tap(fast, 30, at_s=12)
    process.tick(17)
    assert process.closed == [spot.screen_id]
    second.tick(17)
    with reading(engine) as db:
        assert [claim.phone_id for claim in db.exec(select(Claim))] == [phones[1]]


def test_a_phone_that_joins_where_the_game_was_before_has_a_seat_of_its_own(
    process: Process, engine: Engine, keys: CouponKeys, spot: Spot, phones: list[str]
) -> None:
    process.join(spot, phones[0])
    second = Process(engine, keys)
    second.join(spot, phones[1], at_s=2)
    seat = process.referees.join(spot, phone_id=phones[2], address="a", now=after(3))
    assert seat.seat == 2
    process.tick(3.1)
    assert process.sent[-1][1].joined == 3


def test_a_database_that_is_away_holds_nothing_up(
    process: Process, engine: Engine, spot: Spot, phones: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = process.join(spot, phones[0])
    with monkeypatch.context() as away:
        away.setattr(referees, "transaction", fail)
        process.tap(ticket, 10, at_s=8)
        process.tick(8, 17)
        assert process.sent[-1][1].positions != (0,)
        assert process.sent[-1][1].result is None
    process.tick(18)
    assert process.sent[-1][1].result is not None
    with reading(engine) as db:
        assert db.exec(select(GameRound.prizes)).one() == 1


@contextmanager
def fail(_engine: Engine, **_more: object) -> Iterator[Session]:
    raise DatabaseAway
    yield


def test_how_a_game_stands_is_known_to_its_process(process: Process, spot: Spot, phones: list[str]) -> None:
    process.join(spot, phones[0])
    state = process.referees.state(spot.screen_id, to_ms(NOON), now=NOON)
    assert state == GameState(spot=to_ms(NOON), joined=1, positions=(0,))
    assert process.referees.state(spot.screen_id, to_ms(datetime(2026, 1, 1, tzinfo=NOON.tzinfo)), now=NOON) is None
