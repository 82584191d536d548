from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from server.db.instants import EPOCH, from_ms, to_ms, utc_ms, utc_now


@pytest.mark.parametrize("ms", [0, 1, -1, 1_772_452_800_123, -62_135_596_800_000, 253_402_300_799_999])
def test_milliseconds_and_instants_are_one_to_one(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


@pytest.mark.parametrize(
    ("at", "ms"),
    [
        (EPOCH + timedelta(microseconds=999), 0),
        (EPOCH + timedelta(microseconds=1000), 1),
        (EPOCH - timedelta(microseconds=1), -1),
        (datetime(1970, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), 0),
    ],
)
def test_a_part_of_a_millisecond_is_rounded_down_in_every_zone(at: datetime, ms: int) -> None:
    assert to_ms(at) == ms


def test_an_instant_that_is_not_aware_has_no_milliseconds() -> None:
    with pytest.raises(TypeError):
        to_ms(datetime(2026, 3, 2))


def test_now_is_aware_and_the_same_by_both_clocks() -> None:
    before = utc_ms()
    assert before - 1 <= to_ms(utc_now()) <= utc_ms()
    assert utc_now().tzinfo is UTC
