"""Writers take turns: a few at a time, a bounded number in the queue, for a bounded time."""

from __future__ import annotations

from contextlib import ExitStack
from threading import BoundedSemaphore
from typing import Any

import pytest
from sqlalchemy import Engine

from server.db import transaction
from server.db.errors import DatabaseBusy
from server.db.write_queue import WriteQueue, queue_of


def queue_with(slots: int, contended: int = 1, **more: Any) -> WriteQueue:
    return WriteQueue(BoundedSemaphore(slots), BoundedSemaphore(contended), **more)


def test_a_writer_that_finds_no_slot_gives_up_and_leaves_the_queue() -> None:
    queue = queue_with(1, patience_s=0.01)
    with queue.turn():
        for _ in range(2):
            with pytest.raises(DatabaseBusy), queue.turn():
                pass
    assert queue.waiting == 0
    with queue.turn():
        pass


def test_a_full_queue_refuses_at_once() -> None:
    queue = queue_with(1, patience_s=30, most_waiting=0)
    with pytest.raises(DatabaseBusy), queue.turn():
        pass


def test_a_writer_that_fails_gives_its_slot_back(engine: Engine) -> None:
    for _ in range(20):  # more than there are slots
        with pytest.raises(LookupError), transaction(engine):
            raise LookupError
    assert queue_of(engine).waiting == 0


def test_a_transaction_without_a_statement_lets_no_other_wait(engine: Engine) -> None:
    """An upload is probed before its row is written."""
    with transaction(engine), transaction(engine) as other:
        assert other.connection().exec_driver_sql("SELECT 1").scalar() == 1


def test_contended_writers_leave_turns_for_all_others() -> None:
    """One row is locked, and everyone who claims waits for it: a box can report its plays all the same."""
    queue = queue_with(4, contended=2, patience_s=0)
    with ExitStack() as claims:
        for _ in range(2):
            claims.enter_context(queue.turn(contended=True))
        for _ in range(5):
            with pytest.raises(DatabaseBusy), queue.turn(contended=True):
                pass
        with queue.turn(), queue.turn():
            pass
    with queue.turn(), queue.turn(), queue.turn(), queue.turn(contended=True):
        pass


def test_a_contended_writer_that_gets_no_turn_returns_its_first_slot() -> None:
    queue = queue_with(1, patience_s=0)
    with queue.turn(), pytest.raises(DatabaseBusy), queue.turn(contended=True):
        pass
    with queue.turn(contended=True):
        pass


def test_both_waits_of_a_contended_writer_end_within_its_patience() -> None:
    """The second slot is waited for only as long as the first left of it."""
    waited = list[float | None]()
    seconds = iter([0.0, 0.0, 2.0])

    class Slots:
        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return True

        def release(self) -> None:
            pass

    with WriteQueue(Slots(), Slots(), patience_s=2.5, clock=lambda: next(seconds)).turn(contended=True):
        pass
    assert waited == [2.5, 0.5]
