import json

import pytest

from tests.bench.result import percentile, report


def test_the_last_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    report("switch", {"black_frames": 0}, {"cold_play": {"black_frames": 3}})
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(result) == {"bench", "measures", "peers", "machine"}


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10), (0.95, 19), (0.99, 20), (1.0, 20)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile(list(range(1, 21)), share) == expected


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.95)
