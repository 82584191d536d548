from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.games.custom import Custom
from media.games.draws import draw_winners, promise_of
from media.games.lucky_draw import LuckyDraw
from media.games.phases import Phases, phases_of
from media.games.quiz import Quiz
from media.games.race import Race
from media.games.referee import INPUT_EVERY_MS, LATE_MS, TOGETHER, Counts, PrizeRule, Referee, Result
from media.games.seats import NoSeat, Seats
from media.wire.games import GameInput, PrizeFor

SEED = b"s" * 32
FIRST = PrizeRule(PrizeFor.FIRST, most=1)
KINDS: dict[str, Callable[[Phases, Seats], Any]] = {
    "race": lambda phases, _seats: Race(phases),
    "quiz": lambda phases, _seats: Quiz(phases, right=(1,)),
    "lucky draw": lambda _phases, seats: LuckyDraw(seats),
    "custom": lambda phases, _seats: Custom(phases, most_score=100),
}


def referee_of(kind: str = "race", prize: PrizeRule | None = FIRST, phones: int = 3) -> Referee:
    """With the phones "0", "1", … in the seats of these numbers."""
    phases = phases_of(0, 20_000)
    seats = Seats(phases)
    referee = Referee(phases, seats, KINDS[kind](phases, seats), prize, SEED)
    for n in range(phones):
        referee.join(str(n), f"10.0.0.{n}", 0)
    return referee


def taps(count: int, spot: int = 0) -> GameInput:
    return GameInput(spot=spot, taps=count)


def run(referee: Referee, *counts: int, at_ms: int = 15_000) -> None:
    for phone, count in enumerate(counts):
        referee.take(str(phone), taps(count), at_ms)


def test_the_phone_with_more_taps_wins_the_prize() -> None:
    referee = referee_of()
    run(referee, 20, 30, 10)
    assert referee.result(16_000 + LATE_MS - 1) is None
    result = referee.result(16_000 + LATE_MS)
    assert result is not None
    assert [standing.seats for standing in result.standings] == [(1,), (0,), (2,)]
    assert (result.winners, referee.counts()) == ([1], Counts(joined=3, played=3, finished=3, prizes=1))


def test_nothing_changes_a_result() -> None:
    referee = referee_of()
    run(referee, 20, 30, 10)
    result = referee.result(17_000)
    run(referee, 99, at_ms=16_100)
    assert referee.result(1 << 42) == result


@pytest.mark.parametrize(
    ("phone", "given", "at_ms"),
    [
        ("0", taps(10), 5999),
        ("0", taps(10), 16_000 + LATE_MS),
        ("0", taps(10, spot=20_000), 7000),
        ("a stranger", taps(10), 7000),
    ],
)
def test_an_input_of_another_time_spot_or_phone_changes_nothing(phone: str, given: GameInput, at_ms: int) -> None:
    referee = referee_of()
    referee.take(phone, given, at_ms)
    assert referee.counts() == Counts(joined=3, played=0, finished=0, prizes=0)


def test_more_than_twenty_inputs_a_second_are_dropped_and_made_up_for_by_the_next() -> None:
    referee = referee_of()
    for nth in range(TOGETHER + 3):
        referee.take("0", taps(nth + 1), 7000)
    assert referee.scoring.state.taps == {0: TOGETHER}
    referee.take("0", taps(9), 7000 + INPUT_EVERY_MS)
    assert referee.scoring.state.taps == {0: 9}


def test_inputs_that_were_held_up_on_their_way_all_count() -> None:
    """A phone sends every 50 ms; one is late, and arrives just before the next. No tap may be lost with it."""
    referee = referee_of()
    for taps_so_far, at_ms in enumerate((8000, 8095, 8100, 8150), 1):
        referee.take("0", taps(taps_so_far), at_ms)
        assert referee.scoring.state.taps == {0: taps_so_far}


@pytest.mark.parametrize(
    ("prize", "winners"),
    [
        (PrizeRule(PrizeFor.FIRST, most=5), [2]),
        (PrizeRule(PrizeFor.FIRST_THREE, most=5), [2, 1, 0]),
        (PrizeRule(PrizeFor.FIRST_THREE, most=2), [2, 1]),
        (PrizeRule(PrizeFor.FINISHERS, most=9), [2, 1, 0, 3]),
        (PrizeRule(PrizeFor.DRAWN, most=2), draw_winners(SEED, range(4), most=2)),
        (None, []),
    ],
)
def test_the_prize_goes_to_those_whom_its_rule_names(prize: PrizeRule | None, winners: list[int]) -> None:
    referee = referee_of(prize=prize, phones=5)
    run(referee, 30, 40, 50, 20, 0)
    result = referee.result(17_000)
    assert result is not None
    assert result.winners == winners


def test_a_whole_team_wins_as_far_as_the_prizes_go() -> None:
    referee = referee_of(prize=PrizeRule(PrizeFor.FIRST, most=2), phones=27)
    for phone in ("2", "14", "26"):
        referee.take(phone, taps(20), 12_000)
    result = referee.result(17_000)
    assert result is not None
    assert result.winners == [2, 14]


def test_everyone_who_joined_stands_in_the_lucky_draw() -> None:
    referee = referee_of("lucky draw", PrizeRule(PrizeFor.DRAWN, most=1), phones=10)
    assert referee.promise == promise_of(SEED)
    result = referee.result(17_000)
    assert result is not None
    assert (result.entrants, result.winners) == (list(range(10)), draw_winners(SEED, range(10), most=1))
    assert referee.counts() == Counts(joined=10, played=10, finished=10, prizes=1)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_game_that_nobody_joined_has_a_result_without_winners(kind: str) -> None:
    referee = referee_of(kind, PrizeRule(PrizeFor.DRAWN, most=3), phones=0)
    assert referee.result(17_000) == Result([], [], [], referee.prize)
    assert referee.counts() == Counts(0, 0, 0, 0)


GIVEN = [
    GameInput(spot=0, taps=20, answers=(1,), score=60),
    GameInput(spot=0, taps=50, answers=(2,), score=90, finished=True),
    GameInput(spot=0, taps=35, answers=(1,), score=30, finished=True),
]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_another_process_goes_on_with_the_game(kind: str) -> None:
    """Half of the inputs before the first process is killed, and half at the second."""
    prize = PrizeRule(PrizeFor.DRAWN, most=2)
    whole, killed, second = referee_of(kind, prize), referee_of(kind, prize), referee_of(kind, prize, phones=0)
    for phone, sent in enumerate(GIVEN):
        for referee in (whole, killed):
            referee.take(str(phone), sent, 9000)
    second.restore(killed.snapshot(9500), 10_500)
    for referee in (whole, second):
        referee.take("0", GIVEN[1], 12_000)
    assert second.join("2", "10.0.0.2", 15_000).number == 2
    with pytest.raises(NoSeat):
        second.join("another", "10.0.0.2", 10_000)
    assert second.result(17_000) == whole.result(17_000)
    assert second.counts() == whole.counts()


def back(referee: Referee, *, saved_ms: int, at_ms: int) -> Referee:
    """The one that goes on for a referee that was killed."""
    second = referee_of(prize=referee.prize, phones=0)
    second.restore(referee.snapshot(saved_ms), at_ms)
    return second


@pytest.mark.parametrize(
    ("saved_ms", "at_ms", "is_drawn"),
    [(9000, 15_400, False), (15_000, 15_401, True), (16_399, 60_000, True), (16_400, 60_000, False)],
)
def test_a_game_whose_end_no_referee_saw_is_drawn_among_those_that_had_joined(
    saved_ms: int, at_ms: int, is_drawn: bool
) -> None:
    referee = referee_of(prize=PrizeRule(PrizeFor.FIRST, most=2))
    run(referee, 60, at_ms=9000)
    result = back(referee, saved_ms=saved_ms, at_ms=at_ms).result(60_000)
    assert result is not None
    assert result.cut_short is is_drawn
    if is_drawn:
        assert (result.entrants, result.winners) == ([0, 1, 2], draw_winners(SEED, [0, 1, 2], most=2))
        assert [standing.seats[0] for standing in result.standings] == draw_winners(SEED, [0, 1, 2], most=3)
    else:
        assert (result.entrants, result.winners) == ([], [0])


def test_a_game_that_is_drawn_stays_so_however_often_its_referee_is_killed() -> None:
    second = back(referee_of(), saved_ms=9000, at_ms=17_000)
    result = back(second, saved_ms=17_000, at_ms=18_000).result(18_000)
    assert result is not None
    assert result.cut_short


@pytest.mark.parametrize("snapshot", [b"", b"{}", b"\xff", b'{"seats": 1}', b"[" * 10_000])
def test_a_damaged_snapshot_is_refused_and_changes_nothing(snapshot: bytes) -> None:
    referee = referee_of()
    before = referee.snapshot(0)
    with pytest.raises(ValueError, match=r"Snapshot|recursion"):
        referee.restore(snapshot, 20_000)
    assert referee.snapshot(0) == before


hostile = st.lists(
    st.tuples(
        st.sampled_from(["0", "1", "2", "stranger"]),
        st.builds(
            GameInput,
            spot=st.sampled_from([0, 20_000]),
            taps=st.integers(0, 2**31 - 1),
            answers=st.lists(st.integers(-1, 3), max_size=3).map(tuple),
            score=st.integers(0, 2**31 - 1),
            finished=st.booleans(),
        ),
        st.integers(-1000, 30_000),
    ),
    max_size=30,
)


@given(kind=st.sampled_from(sorted(KINDS)), who=st.sampled_from(list(PrizeFor)), inputs=hostile)
def test_whatever_phones_send_the_prizes_go_to_seats_and_never_beyond_their_number(
    kind: str, who: PrizeFor, inputs: list[tuple[str, GameInput, int]]
) -> None:
    referee = referee_of(kind, PrizeRule(who, most=2))
    for phone, sent, at_ms in inputs:
        referee.take(phone, sent, at_ms)
    result = referee.result(17_000)
    assert result is not None
    assert len(result.winners) == len(set(result.winners)) <= 2
    assert set(result.winners) <= {0, 1, 2}
    joined, played, finished, prizes = referee.counts()
    assert joined == 3
    assert prizes <= played <= joined
    assert finished <= joined
