"""A day's part of a flight's goal, from the plays so far and the days that are left."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from media.integers import ceil_div
from server.planner.model.problem import Pace

# Paced ahead, the first half of what is left of a flight gets this part of what is left of its goal.
AHEAD = Fraction(3, 5)


def day_plays(left: int, weights: Sequence[int], pace: Pace) -> int:
    """The first day's part of what is `left` of a goal, over days of these weights (the first is the day itself).

    A weight is the time that a day gives the booking. Plays that a day misses are in the next day's `left`: they are
    made good over the rest of the flight at once (even, ahead), or as soon as there is room (asap).
    """
    whole = sum(weights)
    if left <= 0 or not weights or weights[0] <= 0:
        return 0
    if pace == "asap":
        return left
    if pace == "even":
        return ceil_div(left * weights[0], whole)
    half = max(1, len(weights) // 2)
    early = sum(weights[:half])
    part = AHEAD if len(weights) > 1 and early < whole else Fraction(1)
    return ceil(left * part * weights[0] / early)
