from __future__ import annotations

import pytest
from pydantic import ValidationError

from media.wire.games import GameInput, Phrase


@pytest.mark.parametrize(
    ("phrase", "zh", "en"),
    [
        (Phrase(zh="跑", en="Run"), "跑", "Run"),
        (Phrase(zh="跑"), "跑", "跑"),
        (Phrase(en="Run"), "Run", "Run"),
        (Phrase(), "", ""),
    ],
)
def test_where_one_language_is_empty_the_other_is_shown(phrase: Phrase, zh: str, en: str) -> None:
    assert (phrase.within("zh"), phrase.within("en-GB")) == (zh, en)


@pytest.mark.parametrize(
    "given",
    [
        {"taps": -1},
        {"taps": 1 << 31},
        {"answers": [4]},
        {"answers": [-2]},
        {"answers": [0] * 4},
        {"score": -1},
        {"spot": -1},
    ],
)
def test_what_no_phone_can_have_done_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GameInput.model_validate({"spot": 0, **given})
