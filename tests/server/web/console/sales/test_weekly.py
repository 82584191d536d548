"""A campaign's hours of the week, as people write them."""

from __future__ import annotations

import pytest

from server.campaigns.forms import DaypartForm
from server.web.console.sales.weekly import UnreadableDayparts, dayparts_of, lines_of
from tests.server.web.conftest import SignIn

WEEK = [f"hours_{weekday}" for weekday in range(7)]


@pytest.mark.parametrize("line", ["", "0-24", "00:00-24:00"])
def test_no_hours_and_all_hours_both_mean_always(line: str) -> None:
    assert dayparts_of(dict.fromkeys(WEEK, line)) == []


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("14:20-15:50", [(860, 950)]),
        ("22:00～02:00，5:00-8：30", [(300, 510), (1320, 1560)]),
        ("22-24", [(1320, 1440)]),
        ("18:00-17:00", [(1080, 2460)]),
        ("-", []),
    ],
)
def test_minutes_and_nights_are_read_and_written(line: str, spans: list[tuple[int, int]]) -> None:
    parts = [{"weekday": 6, "from_min": begins, "until_min": ends} for begins, ends in spans]
    assert dayparts_of({"hours_6": line}) == parts
    assert dayparts_of(lines_of(DaypartForm(**part) for part in parts)) == parts


@pytest.mark.parametrize("line", ["25-26", "8", "8-8", "8:61-9", "8-10, 9-11", "morning"])
def test_an_unreadable_line_names_its_day(line: str, sign_in: SignIn) -> None:
    with sign_in().application.test_request_context(), pytest.raises(UnreadableDayparts, match="Wed"):
        dayparts_of({"hours_2": line})


def test_hours_that_cannot_be_read_lose_nothing(sign_in: SignIn) -> None:
    form = {"name": "Spring", "hours_2": "9-\u0662", "starts_on": "2099-03-01", "ends_on": "2099-03-02"}
    answer = sign_in().post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
