"""How far another clock is from ours, from pings: pure, the same on the box and (in TypeScript) on a phone.

t0 and t3 are read on our clock when a ping leaves and its answer comes, t1 and t2 on the other clock when it
read the ping and when it answered; all in milliseconds. Offset is what must be added to our clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from media.wire.clock import ClockPing, ClockPong

PING_BURST = 8
MAX_SKEW = 500e-6  # no quartz is further off; what seems so is a clock that was set
FIT_SPAN_MS = 10 * 60_000  # over less than this, jitter would be taken for skew
FIT_REACH_MS = 2 * 60 * 60_000


@dataclass(frozen=True)
class Sample:
    """One ping and its answer."""

    t0: float
    t1: float
    t2: float
    t3: float

    @property
    def offset_ms(self) -> float:
        return ((self.t1 - self.t0) + (self.t2 - self.t3)) / 2

    @property
    def round_trip_ms(self) -> float:
        return max((self.t3 - self.t0) - (self.t2 - self.t1), 0.0)

    @property
    def error_ms(self) -> float:
        """The offset cannot be further off than this: the way there and back may be as uneven as it likes."""
        return self.round_trip_ms / 2

    @property
    def at_ms(self) -> float:
        return (self.t0 + self.t3) / 2


@dataclass(frozen=True)
class Estimate:
    """The offset at `at_ms` on our clock, how fast it grows, and how wrong it can be."""

    at_ms: float
    offset_ms: float
    skew: float
    error_ms: float

    def offset_at(self, local_ms: float) -> float:
        return self.offset_ms + (local_ms - self.at_ms) * self.skew

    def error_at(self, local_ms: float) -> float:
        """Away from the last sample the two clocks may part by a hundred parts in a million."""
        return self.error_ms + abs(local_ms - self.at_ms) * 100e-6


def answer_ping(given: object, now_ms: Callable[[], float]) -> ClockPong:
    """The answer to a ping, by a clock in ms UTC. A ping over a busy socket is wrong by the time that it queued."""
    received_ms = now_ms()
    ping = ClockPing.model_validate(given)
    return ClockPong(t0=ping.t0, t1=received_ms, t2=now_ms())


def best_of(burst: Iterable[Sample]) -> Sample:
    """The ping that waited least in queues knows most."""
    return min(burst, key=lambda sample: sample.error_ms)


def agreeing(samples: Sequence[Sample]) -> list[Sample]:
    """The newest sample and those before it that one steady clock could give; setting a clock drops them."""
    newest = samples[-1]
    return [sample for sample in samples if _could_both_be(sample, newest)]


def estimate(samples: Sequence[Sample]) -> Estimate:
    """A line through the samples (oldest first, at least one), each weighed by how sure it is."""
    kept = [sample for sample in agreeing(samples) if samples[-1].at_ms - sample.at_ms <= FIT_REACH_MS]
    at_ms = kept[-1].at_ms
    offset, skew = _line(kept, at_ms)
    error = min(_error_beside(sample, at_ms, offset) for sample in kept)
    return Estimate(at_ms, offset, skew, error)


def _could_both_be(sample: Sample, other: Sample) -> bool:
    drift = abs(sample.at_ms - other.at_ms) * MAX_SKEW
    return abs(sample.offset_ms - other.offset_ms) <= sample.error_ms + other.error_ms + drift


def _line(samples: Sequence[Sample], at_ms: float) -> tuple[float, float]:
    """Offset at `at_ms` and skew, by weighted least squares; over a short span the surest sample alone."""
    if at_ms - samples[0].at_ms < FIT_SPAN_MS:
        return best_of(samples).offset_ms, 0.0
    weights = [1 / max(sample.error_ms, 0.05) ** 2 for sample in samples]
    # Numbers near the epoch's milliseconds lose digits when squared: count from the last sample.
    xs = [sample.at_ms - at_ms for sample in samples]
    ys = [sample.offset_ms - samples[-1].offset_ms for sample in samples]
    total = sum(weights)
    x_mean = sum(w * x for w, x in zip(weights, xs, strict=True)) / total
    y_mean = sum(w * y for w, y in zip(weights, ys, strict=True)) / total
    spread = sum(w * (x - x_mean) ** 2 for w, x in zip(weights, xs, strict=True))
    slope = sum(w * (x - x_mean) * (y - y_mean) for w, x, y in zip(weights, xs, ys, strict=True)) / spread
    skew = min(max(slope, -MAX_SKEW), MAX_SKEW)
    return samples[-1].offset_ms + y_mean - skew * x_mean, skew


def _error_beside(sample: Sample, at_ms: float, offset: float) -> float:
    """The truth lies within this sample's own error, and it can have drifted only so far since."""
    return abs(offset - sample.offset_ms) + sample.error_ms + abs(at_ms - sample.at_ms) * MAX_SKEW
