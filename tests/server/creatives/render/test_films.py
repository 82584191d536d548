from __future__ import annotations

from fractions import Fraction

import pytest

from server.creatives.render.films import fit_size, rate_for


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((4000, 2250), (1920, 1080)), ((1080, 1920), (1080, 1920)), ((2000, 2000), (1080, 1080)), ((321, 181), (320, 180)),
     ((9000, 3), (1920, 2))],
)  # fmt: skip
def test_pictures_are_fitted_evenly_and_never_enlarged(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fit_size(*size, (1920, 1080)) == fitted


@pytest.mark.parametrize(
    ("declared", "shown"),
    [("25", "25"), ("50", "25"), ("60", "30"), ("60000/1001", "30000/1001"), ("24000/1001", "24000/1001"), ("17", "30"),
     ("0", "30")],
)  # fmt: skip
def test_a_common_rate_stays_a_rare_one_becomes_thirty(declared: str, shown: str) -> None:
    assert rate_for(Fraction(declared)) == Fraction(shown)
