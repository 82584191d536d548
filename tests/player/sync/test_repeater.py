"""Rounds: a failure is logged once, repeated more slowly, and ends no other round."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from player.sync.link import NotEnrolled, ServerAway, TooOften
from player.sync.repeater import BACK_OFF, JITTER, Reach, Repeater


def a_round(work: Callable[[], None], reach: Reach | None = None) -> Repeater:
    return Repeater("test", work, every_s=lambda: 10.0, reach=reach or Reach())


def failing(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_rounds_are_jittered_so_that_boxes_do_not_march_in_step() -> None:
    pauses = {a_round(lambda: None).pause_s() for _ in range(50)}
    assert len(pauses) > 40
    assert all(10 * (1 - JITTER) <= pause <= 10 * (1 + JITTER) for pause in pauses)


@pytest.mark.parametrize("error", [ServerAway("gone"), NotEnrolled("revoked"), ValueError("a fault of ours")])
def test_the_next_round_is_later_after_any_error(error: Exception) -> None:
    repeater = a_round(failing(error))
    for _ in range(10):
        repeater.once()
    assert 10 * BACK_OFF * (1 - JITTER) <= repeater.pause_s() <= 10 * BACK_OFF * (1 + JITTER)


def test_a_server_that_is_away_is_logged_once_and_again_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    reach, calls = Reach(), []
    reach.on_back.append(lambda: calls.append("back"))
    repeater = a_round(failing(ServerAway("the server cannot be reached")), reach)
    with caplog.at_level("INFO"):
        for _ in range(5):
            repeater.once()
        reach.is_back()
        reach.is_back()
    assert [record.message for record in caplog.records] == [
        "server away why=the server cannot be reached", "server back",
    ]  # fmt: skip
    assert calls == ["back"]


def test_a_pause_that_the_server_wants_is_kept_though_the_round_is_woken() -> None:
    """And such a server is not away."""
    reach, tried = Reach(), threading.Semaphore(0)
    pauses: list[float] = []

    def send() -> None:
        tried.release()
        raise TooOften("the server answered 429", 30.0)

    class Stopped(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            return super().wait(0)

    repeater = a_round(send, reach)
    repeater._stopped = Stopped()
    repeater.start()
    assert tried.acquire(timeout=10)
    repeater.wake()
    assert tried.acquire(timeout=10)
    repeater.stop()
    assert pauses[:2] == [0.0, 30.0]
    assert reach.why_away == ""


def test_a_round_runs_at_once_when_it_is_woken() -> None:
    ran = threading.Semaphore(0)
    repeater = Repeater("test", ran.release, every_s=lambda: 3600.0, reach=Reach())
    repeater.start()
    assert ran.acquire(timeout=10)
    repeater.wake()
    assert ran.acquire(timeout=10)
    repeater.stop()
