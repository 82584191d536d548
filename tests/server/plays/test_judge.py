from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.wire.plays import Play
from server.plays.judge import judged_result


def showing(shown_ms: int, result: str = "played") -> Play:
    return Play(
        id="0" * 26,
        kind="spot",
        screen="s",
        starts_ms=0,
        item="i",
        version=1,
        began_ms=0,
        ended_ms=shown_ms,
        result=result,
    )


@pytest.mark.parametrize(
    ("shown_ms", "result"),
    [
        (11_499, "short"),
        (11_500, "played"),
        (12_000, "played"),
        (15_000, "played"),
        (15_500, "played"),
        (15_501, "failed"),
    ],
)
def test_played_is_the_whole_length_to_the_end_of_its_slot_within_half_a_second(shown_ms, result):
    assert judged_result(showing(shown_ms), 12_000, 15_000)[0] == result


@given(st.integers(0, 100_000), st.sampled_from(["short", "failed", "interrupted"]))
def test_a_reported_result_is_never_improved(shown_ms, reported):
    assert judged_result(showing(shown_ms, reported), 10_000, 10_000)[0] == reported
