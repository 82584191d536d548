from __future__ import annotations

import pytest

from media.cards.emergency import RED, emergency_card
from media.refused import Refused


def share_of(image, colour: str) -> float:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    small = image.resize((96, 96))
    near = sum(abs(r - red) + abs(g - green) + abs(b - blue) < 60 for r, g, b in small.get_flattened_data())
    return near / (96 * 96)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 360)])
@pytest.mark.parametrize("text", ["Leave the building by the stairs.", "请立即从楼梯撤离，不要使用电梯。"])
def test_the_card_is_red_with_a_yellow_sign(text: str, size: tuple[int, int]) -> None:
    card = emergency_card(text, size=size)
    assert card.size == size
    assert share_of(card, RED) > 0.5
    assert share_of(card, "#ffd400") > 0.01


def test_a_heading_stands_in_for_the_word_emergency() -> None:
    assert (
        emergency_card("Stay calm", title="Fire", language="en").tobytes()
        != emergency_card("Stay calm", language="en").tobytes()
    )


def test_text_that_cannot_be_read_from_two_metres_is_refused() -> None:
    with pytest.raises(Refused, match="too long"):
        emergency_card("Leave the building by the stairs. " * 80)
