"""How fast one sender may send: many messages at once, then so many a second. Pure; the clock is passed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Pace:
    """The generic cell rate algorithm (ITU-T I.371): one number instead of a bucket that is filled by a timer."""

    burst: int
    per_s: float
    free_at: float = 0.0  # when everything that was sent so far would have been sent at `per_s`

    def delay_s(self, now: float) -> float:
        """Count one message; returns for how many seconds the sender must wait before the next."""
        self.free_at = max(self.free_at, now) + 1 / self.per_s
        return max(0.0, self.free_at - now - self.burst / self.per_s)
