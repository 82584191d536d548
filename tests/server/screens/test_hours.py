from __future__ import annotations

import pytest

from server.screens.hours import BadHours, read_hours


@pytest.mark.parametrize(
    "wrong",
    [
        [1],
        {"monday": []},
        {"0": "9-5"},
        {"0": [[10]]},
        {"0": [[600, 600]]},
        {"0": [[0, 1441]]},
        {"0": [[-1, 10]]},
        {"0": [[0, 60.5]]},
        {"0": [[True, 60]]},
        {"0": [[0, 100], [50, 200]]},
        {"0": [[600, 700], [0, 100]]},
        {"0": []},
    ],
)
def test_hours_that_no_clock_shows_are_refused(wrong):
    with pytest.raises(BadHours):
        read_hours(wrong)


def test_no_hours_at_all_is_always_open():
    assert read_hours({}) == read_hours(None) == {}
