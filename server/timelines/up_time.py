"""What part of a campaign's plays its screens will really show. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain

import numpy as np

from server.planner.problem import Booking


def up_times_of(
    bookings: Iterable[Booking], traits: Sequence[Set[str]], up_times: Sequence[float]
) -> Mapping[str, float]:
    """For each booking, the mean of the screens that it reaches; `traits` and `up_times` are of each screen."""
    by_trait: dict[str, list[int]] = defaultdict(list)
    for number, mine in enumerate(traits):
        for trait in mine:
            by_trait[trait].append(number)
    shares = np.array(up_times, float)
    found: dict[str, float] = {}
    for booking in bookings:
        reached = np.ones(len(shares), bool)
        if booking.targets:
            reached[:] = False
            reached[_numbers(by_trait, booking.targets)] = True
        reached[_numbers(by_trait, booking.barred)] = False
        if reached.any():
            found[booking.id] = float(shares[reached].mean())
    return found


def _numbers(by_trait: Mapping[str, Sequence[int]], traits: Iterable[str]) -> list[int]:
    return list(chain.from_iterable(by_trait.get(trait, ()) for trait in traits))
