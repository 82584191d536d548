from __future__ import annotations

import pytest

from media import strict_json
from media.strict_json import MOST_DEEP


@pytest.mark.parametrize(
    "raw",
    ["[" * 100_000, '{"a":' * 100_000, "NaN", "[Infinity]", '{"a":-Infinity}', "1e400", "-1e999", "9" * 5000, "", "{"],
)
def test_text_that_is_no_json_is_refused(raw: str) -> None:
    for given in (raw, raw.encode()):
        with pytest.raises(ValueError, match=r".*"):
            strict_json.loads(given)


def test_json_has_a_depth() -> None:
    assert strict_json.loads("[" * MOST_DEEP + "]" * MOST_DEEP)
    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json.loads("[" * (MOST_DEEP + 1) + "]" * (MOST_DEEP + 1))
    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json.loads('{"a":' * (MOST_DEEP + 1) + "1" + "}" * (MOST_DEEP + 1))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'{"a\uDFFF": ["\ud83d", "\ud83d\ude00"]}', {"a\ufffd": ["\ufffd", "\U0001f600"]}),
        (r'["\\ud800"]', ["\\ud800"]),
        ("\ufeff[1.5, 10]", [1.5, 10]),
    ],
)
def test_half_a_surrogate_pair_is_replaced(raw: str, value: object) -> None:
    assert strict_json.loads(raw.encode()) == value


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        strict_json.loads(b'"\xed\xa0\x80"')
