from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from server.commands.stopping import stop_on_signal

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """The handlers of the test run are put back."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_each_of_both_signals_stops_a_command_and_a_second_one_changes_nothing(number: signal.Signals) -> None:
    stop = stop_on_signal()
    assert not stop.is_set()
    for _ in range(2):
        os.kill(os.getpid(), number)
        assert stop.wait(timeout=10)
