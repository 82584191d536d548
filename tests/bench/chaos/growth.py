"""How fast a process grows, extrapolated to an hour. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import theilslopes

HOUR_S = 3600


def mb_per_hour(samples: Sequence[tuple[float, float]]) -> float:
    """The median slope between all pairs of (seconds, megabytes) (Sen, 1968): single jumps hardly move it."""
    seconds, megabytes = zip(*samples, strict=True)
    return float(theilslopes(megabytes, seconds).slope) * HOUR_S
