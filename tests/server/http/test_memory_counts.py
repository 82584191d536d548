"""Counts in memory: a window that has ended counts nothing, is forgotten, and the look for such windows is rare."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from server.http.memory_counts import FORGET_EVERY_S, MemoryCounts

START_S = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> time_machine.travel:
    return time_machine.travel(START_S, tick=False)


def test_a_window_begins_with_its_first_try_and_counts_nothing_once_it_has_ended(clock: time_machine.travel) -> None:
    counts = MemoryCounts()
    with clock as traveller:
        assert [counts.incr("key", 60), counts.incr("key", 60)] == [1, 2]
        traveller.shift(59)
        assert (counts.get("key"), counts.get_expiry("key")) == (2, START_S + 60)
        traveller.shift(1)
        assert (counts.get("key"), counts.get_expiry("key")) == (0, START_S + 60)
        assert counts.incr("key", 60) == 1
        assert counts.get_expiry("key") == START_S + 120


def test_a_try_that_is_given_back_counts_no_more(clock: time_machine.travel) -> None:
    counts = MemoryCounts()
    with clock:
        assert [counts.incr("key", 60), counts.incr("key", 60, amount=-1), counts.incr("key", 60)] == [1, 0, 1]


def test_ended_windows_are_forgotten_and_only_now_and_then(clock: time_machine.travel) -> None:
    counts = MemoryCounts()
    with clock as traveller:
        for key in "abc":
            counts.incr(key, 5)
        traveller.shift(FORGET_EVERY_S - 1)
        counts.incr("new", 60)
        assert len(counts._counts) == 4
        traveller.shift(1)
        counts.incr("new", 60)
        assert list(counts._counts) == ["new"]
