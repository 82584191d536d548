from __future__ import annotations

import pytest

from media.integers import ceil_div


@pytest.mark.parametrize(
    ("dividend", "divisor", "quotient"),
    [(0, 5, 0), (1, 5, 1), (5, 5, 1), (6, 5, 2), (-1, 5, 0), (-6, 5, -1), (10**30 + 1, 10**15, 10**15 + 1)],
)
def test_a_quotient_is_rounded_up(dividend: int, divisor: int, quotient: int) -> None:
    assert ceil_div(dividend, divisor) == quotient
