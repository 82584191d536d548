"""The network's revision: raised by every change that decides who plays where; of two who rely on it, one is first."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from server.db import transaction
from server.screens.replan import NetworkChanged, bump_revision, queue_allotment, revision
from tests.conftest import NOON
from tests.rig.phones.racing import race

RACERS = 8


def test_every_change_that_is_allotted_anew_raises_the_revision(engine: Engine) -> None:
    for number in range(1, 4):
        with transaction(engine) as db:
            queue_allotment(db, now=NOON)
            assert revision(db) == number


@pytest.mark.parametrize("begun", [False, True], ids=["a new network", "one that changed before"])
def test_of_many_who_found_the_same_room_one_writes(engine: Engine, begun: bool) -> None:
    with transaction(engine) as db:
        if begun:
            bump_revision(db)
        known = revision(db)
    answers = race(engine, [partial(bump_revision, only_at=known)] * RACERS)
    assert answers.count(None) == 1
    assert sum(isinstance(answer, NetworkChanged) for answer in answers) == RACERS - 1
    with transaction(engine) as db:
        assert revision(db) == known + 1


def test_the_loser_of_a_race_writes_nothing(engine: Engine) -> None:
    def too_late(db: Session) -> None:
        bump_revision(db)
        bump_revision(db, only_at=0)

    [answer] = race(engine, [too_late])
    assert isinstance(answer, NetworkChanged)
    with transaction(engine) as db:
        assert revision(db) == 0
