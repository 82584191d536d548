"""The part of a campaign's plays that its screens will really show. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np

from server.planner.model.arrays import Numbers
from server.planner.model.problem import Booking

ALWAYS_UP = 1000  # thousandths


def up_times_of(
    bookings: Sequence[Booking], by_trait: Mapping[str, Sequence[int]], milli: Numbers
) -> Mapping[str, int]:
    """For each booking, the mean up-time of the screens that it reaches, in thousandths.

    Thousandths are whole numbers, whose sums are the same on every machine.

    by_trait: the numbers of the screens that have each trait · milli: the up-time of each screen, by its number
    """
    reaches = {(booking.targets, booking.barred) for booking in bookings}
    means = {reach: _mean(milli, by_trait, *reach) for reach in reaches}
    return {booking.id: means[booking.targets, booking.barred] for booking in bookings}


def _mean(milli: Numbers, by_trait: Mapping[str, Sequence[int]], targets: Set[str], barred: Set[str]) -> int:
    reached = np.full(len(milli), not targets)
    reached[_numbers(by_trait, targets)] = True
    reached[_numbers(by_trait, barred)] = False
    return int(milli[reached].sum() // reached.sum()) if reached.any() else ALWAYS_UP


def _numbers(by_trait: Mapping[str, Sequence[int]], traits: Set[str]) -> Numbers:
    return np.array([number for trait in traits for number in by_trait.get(trait, ())], np.int64)
