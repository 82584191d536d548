from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.db import to_ms
from server.web.moments import BadMoment, moment_of
from server.years import YearTooFar

MOMENT = to_ms(datetime(2026, 3, 2, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T12:00:00+08:00",
        "2026-03-02T12:00:00 08:00",
        "2026-03-02T04:00:00Z",
        "2026-03-02T12:00",
        "2026-03-02 12:00:00",
        str(MOMENT),
    ],
)
def test_a_moment_may_be_written_in_several_ways(text: str) -> None:
    assert moment_of(text, zone="Asia/Shanghai") == MOMENT


def test_a_moment_without_an_offset_is_by_the_clock_of_its_place() -> None:
    assert moment_of("2026-03-02T04:00", zone="UTC") == MOMENT
    assert moment_of("2026-03-02T04:00", zone="Mars/Olympus") == MOMENT, "an unknown zone is UTC"
    assert moment_of("2026-03-29T02:30", zone="Europe/Berlin") == to_ms(datetime(2026, 3, 29, 1, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "明天",
        "-5",
        "1.5",
        "１２３",
        "2026-02-30T00:00",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9" * 30,
        "2026-03-02T12:00:00+99:00",
        "\x00",
    ],
)
def test_a_text_that_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises((BadMoment, YearTooFar)):
        moment_of(text, zone="Asia/Shanghai")
