"""Offset, skew and error bound from pings."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from media.clock import MAX_SKEW, Sample, best_of, estimate

EPOCH_MS = 1_772_452_800_000.0


def ping(at_ms: float, *, offset_ms: float, there_ms: float = 1.0, back_ms: float = 1.0) -> Sample:
    """A ping that left at `at_ms` on our clock; the other clock is `offset_ms` ahead."""
    t1 = at_ms + there_ms + offset_ms
    return Sample(at_ms, t1, t1 + 0.1, at_ms + there_ms + 0.1 + back_ms)


def test_an_even_way_there_and_back_gives_the_offset_exactly() -> None:
    assert abs(ping(5000, offset_ms=EPOCH_MS).offset_ms - EPOCH_MS) < 0.001


def test_the_least_round_trip_of_a_burst_counts() -> None:
    burst = [ping(n, offset_ms=100, there_ms=delay) for n, delay in enumerate((40, 1, 300))]
    assert best_of(burst) is burst[1]


def test_the_time_the_other_side_thinks_is_no_round_trip() -> None:
    slow_server = Sample(0, 1001, 1501, 502)
    assert slow_server.round_trip_ms == 2


@given(there=st.floats(0, 500), back=st.floats(0, 500), offset=st.floats(-1e6, 1e6))
def test_the_truth_lies_within_the_error_however_uneven_the_way(there: float, back: float, offset: float) -> None:
    sample = ping(0, offset_ms=offset, there_ms=there, back_ms=back)
    assert abs(sample.offset_ms - offset) <= sample.error_ms + 1e-6


def test_skew_is_found_over_an_hour_of_bursts() -> None:
    noise = random.Random(1)
    skew = 40e-6
    samples = [
        ping(t, offset_ms=EPOCH_MS + t * skew, there_ms=noise.uniform(0.2, 1), back_ms=noise.uniform(0.2, 1))
        for t in range(0, 3_600_000, 60_000)
    ]
    found = estimate(samples)
    assert abs(found.skew - skew) < 1e-6
    an_hour_on = 7_200_000
    assert abs(found.offset_at(an_hour_on) - (EPOCH_MS + an_hour_on * skew)) < 5


def test_over_a_few_minutes_no_skew_is_read_out_of_jitter() -> None:
    samples = [ping(t, offset_ms=100, there_ms=1 + t / 20_000) for t in (0, 60_000, 120_000)]
    assert estimate(samples).skew == 0


def test_a_surer_sample_outweighs_those_around_it() -> None:
    samples = [ping(0, offset_ms=100, there_ms=60), ping(1000, offset_ms=100), ping(2000, offset_ms=100, back_ms=80)]
    assert abs(estimate(samples).offset_ms - 100) < 0.1


def test_a_clock_that_was_set_makes_older_samples_worthless() -> None:
    samples = [ping(t * 60_000, offset_ms=100) for t in range(20)] + [ping(1_200_000, offset_ms=5100)]
    assert abs(estimate(samples).offset_ms - 5100) < 0.1


def test_the_error_grows_away_from_the_last_sample() -> None:
    found = estimate([ping(0, offset_ms=0)])
    assert found.error_at(0) < found.error_at(60_000) < found.error_at(600_000)


@given(st.lists(st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)), min_size=1, max_size=30), st.floats(-1e-4, 1e-4))
def test_the_estimate_is_never_further_off_than_it_says(ways: list[tuple[float, float]], skew: float) -> None:
    samples = [
        ping(n * 60_000.0, offset_ms=1e6 + n * 60_000 * skew, there_ms=there, back_ms=back)
        for n, (there, back) in enumerate(ways)
    ]
    found = estimate(samples)
    truth = 1e6 + (len(ways) - 1) * 60_000 * skew
    assert abs(found.offset_ms - truth) <= found.error_ms + 0.1
    assert abs(found.skew) <= MAX_SKEW
