from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter

from server.years import Day, Moment, YearTooFar


@pytest.mark.parametrize("on", [date(2000, 1, 1), date(2199, 12, 31)])
def test_days_that_every_zone_reckons_with_may_be_named(on: date) -> None:
    assert TypeAdapter(Day).validate_python(on.isoformat()) == on


@pytest.mark.parametrize("on", ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_that_is_too_far_is_refused_with_a_remedy(on: str) -> None:
    with pytest.raises(YearTooFar) as refused:
        TypeAdapter(Day).validate_python(on)
    assert "2199" in refused.value.remedy


def test_the_same_goes_for_instants() -> None:
    moment = TypeAdapter(Moment)
    assert moment.validate_python("2026-03-02T12:00:00Z") == datetime(2026, 3, 2, 12, tzinfo=UTC)
    for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        with pytest.raises(YearTooFar):
            moment.validate_python(far)
