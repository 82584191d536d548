"""What part of a campaign's plays its screens will really show. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain

import numpy as np

from server.planner.problem import Booking


def up_times_of(
    bookings: Iterable[Booking], traits: Sequence[Set[str]], up_times: Sequence[float]
) -> Mapping[str, int]:
    """For each booking, the mean of the screens that it reaches, in thousandths, for sums of whole numbers are the same
    everywhere; `traits` and `up_times` are of each screen."""
    by_trait: dict[str, list[int]] = defaultdict(list)
    for number, mine in enumerate(traits):
        for trait in mine:
            by_trait[trait].append(number)
    milli = np.array([round(1000 * share) for share in up_times], np.int64)
    found: dict[str, int] = {}
    for booking in bookings:
        reached = np.ones(len(milli), bool)
        if booking.targets:
            reached[:] = False
            reached[_numbers(by_trait, booking.targets)] = True
        reached[_numbers(by_trait, booking.barred)] = False
        if reached.any():
            found[booking.id] = int(milli[reached].sum() // reached.sum())
    return found


def _numbers(by_trait: Mapping[str, Sequence[int]], traits: Iterable[str]) -> list[int]:
    return list(chain.from_iterable(by_trait.get(trait, ()) for trait in traits))
