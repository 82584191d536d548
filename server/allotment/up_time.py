"""What part of a campaign's plays its screens will really show. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np

from server.planner.model.network import Numbers
from server.planner.model.problem import Booking

SURE = 1000


def up_times_of(
    bookings: Sequence[Booking], by_trait: Mapping[str, Sequence[int]], milli: Numbers
) -> Mapping[str, int]:
    """For each booking, the mean of the screens that it reaches, in thousandths, for sums of whole numbers are the same
    everywhere; `by_trait`: the numbers of those that each trait names · `milli` are those of each screen."""
    means = {places: _mean(milli, by_trait, *places) for places in {(one.targets, one.barred) for one in bookings}}
    return {one.id: means[one.targets, one.barred] for one in bookings}


def _mean(milli: Numbers, by_trait: Mapping[str, Sequence[int]], targets: Set[str], barred: Set[str]) -> int:
    reached = np.full(len(milli), not targets)
    reached[_numbers(by_trait, targets)] = True
    reached[_numbers(by_trait, barred)] = False
    return int(milli[reached].sum() // reached.sum()) if reached.any() else SURE


def _numbers(by_trait: Mapping[str, Sequence[int]], traits: Set[str]) -> Numbers:
    return np.array([number for trait in traits for number in by_trait.get(trait, ())], np.int64)
