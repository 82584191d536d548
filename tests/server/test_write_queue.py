"""Who may write when: a few at a time, a bounded number in the queue, nobody for ever."""

from __future__ import annotations

from threading import BoundedSemaphore

import pytest
from sqlalchemy import Engine

from server.db import transaction
from server.write_queue import DatabaseBusy, WriteQueue, queue_of


def test_a_writer_that_finds_no_slot_gives_up_and_leaves_the_queue() -> None:
    queue = WriteQueue(BoundedSemaphore(1), patience_s=0.01)
    with queue.turn():
        for _ in range(2):
            with pytest.raises(DatabaseBusy), queue.turn():
                pass
    assert queue.waiting == 0
    with queue.turn():
        pass


def test_a_full_queue_is_told_so_at_once() -> None:
    queue = WriteQueue(BoundedSemaphore(1), patience_s=30, most_waiting=0)
    with pytest.raises(DatabaseBusy), queue.turn():
        pass


def test_a_writer_that_fails_gives_its_slot_back(engine: Engine) -> None:
    for _ in range(20):  # more than there are slots
        with pytest.raises(LookupError), transaction(engine):
            raise LookupError
    assert queue_of(engine).waiting == 0


def test_a_transaction_that_has_said_nothing_yet_keeps_nobody_waiting(engine: Engine) -> None:
    """An upload is looked through before its row is written."""
    with transaction(engine), transaction(engine) as other:
        assert other.connection().exec_driver_sql("SELECT 1").scalar() == 1
