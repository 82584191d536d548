from __future__ import annotations

import csv
import io

import pytest

from server.csv_export import csv_line, safe_text


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\u3000", "\u200b", "\ufeff"])
def test_text_never_starts_a_formula(sign: str, before: str) -> None:
    assert safe_text(f"{before}{sign}1+1").startswith("'")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_line_break_starts_no_formula_on_a_second_line(line_break: str) -> None:
    assert safe_text(f"Spring{line_break}=1+1") == "Spring =1+1"


@pytest.mark.parametrize("name", ["早餐高峰", "Café", "‏قهوة", "🍜", 'a, "b"', "1-2", ""])
def test_other_text_stays_as_it_is(name: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line(name, -1.5)))) == [name, "-1.5"]
