from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.games.phases import Phases, phases_of
from media.games.race import LANES, TAPS_AT_ONCE, TAPS_PER_S, Race
from media.games.scoring import Standing
from media.games.seats import Seat
from media.wire.games import GameInput

FROM_MS, UNTIL_MS = 6000, 16_000


def taps(count: int) -> GameInput:
    return GameInput(spot=0, taps=count)


def test_who_taps_more_wins(phases: Phases) -> None:
    race = Race(phases)
    race.take(Seat(0, 100), taps(40), 15_000)
    race.take(Seat(1, 200), taps(41), 15_900)
    assert race.standings() == [Standing((1,), 41_000, 15_900), Standing((0,), 40_000, 15_000)]


def test_of_two_with_as_many_taps_the_earlier_wins(phases: Phases) -> None:
    race = Race(phases)
    race.take(Seat(0, 100), taps(40), 15_001)
    race.take(Seat(1, 200), taps(40), 15_000)
    race.take(Seat(0, 100), taps(40), 15_200)
    assert [standing.seats for standing in race.standings()] == [(1,), (0,)]


def test_a_script_is_no_faster_than_two_thumbs(phases: Phases) -> None:
    race = Race(phases)
    race.take(Seat(0, 0), taps(2**31 - 1), FROM_MS)
    assert race.state.taps == {0: TAPS_AT_ONCE}
    race.take(Seat(0, 0), taps(2**31 - 1), FROM_MS + 2500)
    assert race.state.taps == {0: TAPS_AT_ONCE + 30}


def test_who_comes_late_has_had_less_time_to_tap(phases: Phases) -> None:
    race = Race(phases)
    race.take(Seat(0, 10_000), taps(500), 11_000)
    assert race.state.taps == {0: TAPS_AT_ONCE + TAPS_PER_S}


def test_the_last_taps_count_for_the_time_before_the_end(phases: Phases) -> None:
    race = Race(phases)
    race.take(Seat(0, 0), taps(500), UNTIL_MS + 399)
    assert race.state.taps == {0: TAPS_AT_ONCE + 10 * TAPS_PER_S}


def test_teams_run_as_fast_as_the_mean_of_those_who_tap(phases: Phases) -> None:
    race = Race(phases)
    for seat, count in ((0, 30), (LANES, 51), (1, 40)):
        race.take(Seat(seat, 0), taps(count), 15_000 + seat)
    assert race.standings() == [Standing((0, LANES), 40_500, 15_000 + LANES), Standing((1,), 40_000, 15_001)]
    assert race.finishers() == {0, 1, LANES}


def test_a_lane_is_along_the_track_as_its_taps_are_of_ten_a_second(phases: Phases) -> None:
    race = Race(phases)
    race.take(Seat(2, 0), taps(50), 14_000)
    race.take(Seat(5, 0), taps(123), 16_399)
    assert race.positions() == [0, 0, 500, 0, 0, 1000, 0, 0, 0, 0, 0, 0]


reports = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 400)), max_size=40)


@given(reports=reports, lost=st.sets(st.integers(0, 39)))
def test_lost_and_repeated_messages_change_nothing_once_the_last_arrives(
    reports: list[tuple[int, int]], lost: set[int]
) -> None:
    """Pauses (ms) and taps between the messages of one phone."""
    every, some = Race(phases_of(0, 20_000)), Race(phases_of(0, 20_000))
    now_ms, count = FROM_MS, 0
    for nth, (pause_ms, more) in enumerate(reports):
        now_ms, count = min(now_ms + pause_ms, UNTIL_MS), count + more
        every.take(Seat(0, 0), taps(count), now_ms)
        every.take(Seat(0, 0), taps(count), now_ms)
        if nth not in lost or nth == len(reports) - 1:
            some.take(Seat(0, 0), taps(count), now_ms)
    assert every.state.taps == some.state.taps
    assert every.state.taps.get(0, 0) <= TAPS_AT_ONCE + (now_ms - FROM_MS) * TAPS_PER_S / 1000
