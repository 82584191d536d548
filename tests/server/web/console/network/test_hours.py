"""Opening hours as people write them."""

from __future__ import annotations

import pytest

from server.web.console.network.hours import read_line


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("8-22", [[480, 1320]]),
        ("8：00～22：30", [[480, 1350]]),
        ("08.00 – 24.00", [[480, 1440]]),
        ("13:30-20:00, 08:00-12:00", [[480, 720], [810, 1200]]),
        ("closed", []),
        ("休息", []),
    ],
)
def test_hours_are_read_as_people_write_them(line: str, spans: list[list[int]]) -> None:
    assert read_line(line) == spans
