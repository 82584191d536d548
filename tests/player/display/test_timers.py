from __future__ import annotations

import time

import pytest

from player.display.timers import Timers

NEVER = 10**19


def test_due_timers_run_in_the_order_of_their_instants() -> None:
    timers, done = Timers(), list[str]()
    timers.at(2, lambda: done.append("second"))
    timers.at(1, lambda: done.append("first"))
    timers.at(NEVER, lambda: done.append("never"))
    timers.run_due()
    assert done == ["first", "second"]


def test_timers_of_one_instant_run_in_the_order_in_which_they_were_set() -> None:
    timers, done = Timers(), list[int]()
    for number in range(20):
        timers.at(1, lambda number=number: done.append(number))
    timers.run_due()
    assert done == [*range(20)]


def test_a_timer_runs_once_and_may_set_another() -> None:
    timers, done = Timers(), list[str]()
    timers.at(1, lambda: (done.append("first"), timers.at(1, lambda: done.append("second"))))
    timers.run_due()
    timers.run_due()
    assert done == ["first", "second"]


def test_a_timer_that_fails_is_not_run_again_and_the_others_are() -> None:
    timers, done = Timers(), list[str]()
    timers.at(1, lambda: done[7])
    timers.at(2, lambda: done.append("next"))
    with pytest.raises(IndexError):
        timers.run_due()
    timers.run_due()
    assert done == ["next"]


def test_the_time_until_the_next_timer_is_never_negative_and_never_above_its_limit() -> None:
    timers = Timers()
    assert (timers.delay_s(most=1.0), timers.free_for(NEVER)) == (1.0, True)
    timers.at(NEVER, lambda: None)
    assert (timers.delay_s(most=1.0), timers.free_for(10**9), timers.free_for(NEVER)) == (1.0, True, False)
    in_a_day = time.monotonic_ns() + 86_400 * 10**9
    timers.at(in_a_day, lambda: None)
    assert 80_000 < timers.delay_s(most=NEVER) <= 86_400
    timers.at(1, lambda: None)
    assert (timers.delay_s(most=1.0), timers.free_for(0)) == (0.0, False)
