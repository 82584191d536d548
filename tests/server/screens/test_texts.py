"""Names are written in every script, and hold nothing that nobody can see."""

from __future__ import annotations

import pytest

from server.screens.texts import BadText, read_text

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
NEWER = "\U0001fae8 \U00031350"  # an emoji and a Han letter of 2022
WELSH_FLAG = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbwls") + "\U000e007f"


@pytest.mark.parametrize(
    "name",
    [
        "早餐高峰",
        "Café “Élan”",
        FAMILY,
        WELSH_FLAG,
        "☕\ufe0f",
        "مقهى الصباح",
        "قهوه‌خانه",
        "\u200fקפה בוקר",
        "ร้านกาแฟ",
        NEWER,
    ],
)
def test_a_name_may_be_written_in_any_script(name: str) -> None:
    assert read_text(name, "The name", most=120, least=1) == name


@pytest.mark.parametrize("space", ["\u3000", "\u00a0", "\u2003"])
def test_every_kind_of_space_is_a_space(space: str) -> None:
    assert read_text(f"{space}早餐{space}高峰{space}", "The name", most=120, least=1) == "早餐 高峰"


@pytest.mark.parametrize(
    "name", ["a\x00b", "a\nb", "\u202egnp", "\u2066a", "\ufeffa", "\ud800", "\u200d", "\ue000", "\uffff"]
)
def test_a_name_with_invisible_characters_is_refused(name: str) -> None:
    with pytest.raises(BadText):
        read_text(name, "The name", most=120, least=1)


def test_no_name_is_fine_where_none_is_needed() -> None:
    assert read_text(" ", "The address", most=200) == ""
