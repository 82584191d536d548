from __future__ import annotations

import pytest

from media.sockets.pace import Pace


def test_a_burst_is_sent_at_once_and_what_follows_at_the_pace() -> None:
    pace = Pace(burst=3, per_s=2)
    assert [pace.delay_s(100.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_a_client_that_pauses_may_send_a_burst_again() -> None:
    pace = Pace(burst=2, per_s=1)
    for _ in range(10):
        pace.delay_s(100.0)
    assert [pace.delay_s(200.0) for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("every_s", [0.5, 1, 60])
def test_a_steady_sender_within_the_pace_never_waits(every_s: float) -> None:
    pace = Pace(burst=1, per_s=2)
    assert not any(pace.delay_s(turn * every_s) for turn in range(100))
