from __future__ import annotations

import numpy as np
import pytest

from server.allotment.up_time import ALWAYS_UP, up_times_of
from tests.server.planner.world import booking

BY_TRAIT = {"north": [0, 1], "lobby": [1], "south": [2]}
MILLI = np.array([1000, 500, 801], np.int64)


@pytest.mark.parametrize(
    ("targets", "barred", "mean"),
    [
        ([], [], 767),
        (["north"], [], 750),
        (["north", "lobby"], [], 750),
        (["north"], ["lobby"], 1000),
        ([], ["north"], 801),
        (["north", "no such trait"], [], 750),
        (["no such trait"], [], ALWAYS_UP),
        (["north"], ["north"], ALWAYS_UP),
    ],
)
def test_a_booking_is_as_often_up_as_its_screens_on_average(targets: list[str], barred: list[str], mean: int) -> None:
    order = booking("a", 10, targets=frozenset(targets), barred=frozenset(barred))
    assert up_times_of([order], BY_TRAIT, MILLI) == {"a": mean}


def test_without_screens_a_booking_is_always_up() -> None:
    assert up_times_of([booking("a", 10)], {}, np.array([], np.int64)) == {"a": ALWAYS_UP}
