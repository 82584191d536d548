"""What part of a campaign's plays its screens will really show. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set

import numpy as np

from server.planner.compiled import Longs
from server.planner.problem import Booking

SURE = 1000
NONE = np.zeros(0, np.int64)


def up_times_of(
    bookings: Sequence[Booking], traits: Sequence[Set[str]], up_times: Sequence[float]
) -> Mapping[str, int]:
    """For each booking, the mean of the screens that it reaches, in thousandths, for sums of whole numbers are the same
    everywhere; `traits` and `up_times` are of each screen."""
    by_trait: dict[str, list[int]] = defaultdict(list)
    for number, mine in enumerate(traits):
        for trait in mine:
            by_trait[trait].append(number)
    numbers = {trait: np.array(mine, np.int64) for trait, mine in by_trait.items()}
    milli = np.array([round(1000 * share) for share in up_times], np.int64)
    means = {places: _mean(milli, numbers, *places) for places in {(one.targets, one.barred) for one in bookings}}
    return {one.id: means[one.targets, one.barred] for one in bookings}


def _mean(milli: Longs, numbers: Mapping[str, Longs], targets: Set[str], barred: Set[str]) -> int:
    reached = np.full(len(milli), not targets)
    for trait in targets:
        reached[numbers.get(trait, NONE)] = True
    for trait in barred:
        reached[numbers.get(trait, NONE)] = False
    return int(milli[reached].sum() // reached.sum()) if reached.any() else SURE
