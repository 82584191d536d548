from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.games.phases import LONGEST_MS, SHORTEST_MS, Phase, Phases, phases_of


def test_a_game_of_twenty_seconds(phases: Phases) -> None:
    assert phases == Phases(starts_ms=0, play_ms=6000, result_ms=16_000, ends_ms=20_000)
    assert (phases.played_ms, phases.last_join_ms) == (10_000, 11_000)


@pytest.mark.parametrize(
    ("now_ms", "phase"),
    [
        (-1, Phase.BEFORE),
        (0, Phase.JOIN),
        (5999, Phase.JOIN),
        (6000, Phase.PLAY),
        (16_000, Phase.RESULT),
        (19_999, Phase.RESULT),
        (20_000, Phase.OVER),
    ],
)
def test_each_phase_lasts_until_the_next_one(phases: Phases, now_ms: int, phase: Phase) -> None:
    assert phases.at(now_ms) is phase


@given(length_ms=st.integers(SHORTEST_MS, LONGEST_MS), starts_ms=st.integers(0, 1 << 42))
def test_every_length_leaves_time_to_join_to_play_and_to_see_who_won(length_ms: int, starts_ms: int) -> None:
    phases = phases_of(starts_ms, length_ms)
    assert (phases.starts_ms, phases.ends_ms) == (starts_ms, starts_ms + length_ms)
    assert 4000 <= phases.play_ms - phases.starts_ms <= 10_000
    assert 4000 <= phases.ends_ms - phases.result_ms <= 8000
    assert phases.played_ms >= 6000


@pytest.mark.parametrize("length_ms", [-1, 0, SHORTEST_MS - 1, LONGEST_MS + 1])
def test_a_game_has_fifteen_to_sixty_seconds(length_ms: int) -> None:
    with pytest.raises(ValueError, match="a game lasts"):
        phases_of(0, length_ms)
