import pytest

from tests.bench.chaos.growth import mb_per_hour


def test_growth_is_extrapolated_to_an_hour() -> None:
    assert mb_per_hour([(second, 150 + second / 360) for second in range(60)]) == pytest.approx(10)


def test_a_single_jump_is_no_steady_growth() -> None:
    assert mb_per_hour([(second, 150.0 if second != 40 else 190.0) for second in range(60)]) == 0
