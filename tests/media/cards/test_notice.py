from __future__ import annotations

import pytest

from media.cards.notice import notice_card, refuse_undrawable
from media.refused import Refused
from tests.media.cards.areas import drawn_area


def test_short_text_is_set_larger_than_long_text() -> None:
    heights = [drawn_area(notice_card(text).crop((40, 0, 1920, 1080))) for text in ("停水", "字" * 300)]
    assert heights[0][3] - heights[0][1] > 100


def test_text_too_long_to_be_read_from_two_metres_is_refused_with_a_remedy() -> None:
    with pytest.raises(Refused) as refused:
        notice_card("电梯检修通知" * 200)
    assert refused.value.code == "too_much_text"
    assert "Shorten" in refused.value.remedy


def test_characters_that_cannot_be_drawn_are_refused_by_name() -> None:
    with pytest.raises(Refused, match="\uf8ff") as refused:
        notice_card("Happy new year 🎉 \uf8ff")
    assert refused.value.code == "undrawable_text"


@pytest.mark.parametrize("text", ["停水", "Water 🎉", "สวัสดี", ""])
def test_text_of_every_script_is_drawn(text: str) -> None:
    refuse_undrawable(text)


def test_the_refusal_says_how_much_of_the_text_fits() -> None:
    with pytest.raises(Refused, match=r"about [1-9]\d* of its 1200 characters fit"):
        notice_card("字" * 1200)
