from __future__ import annotations

import pytest
from pyzbar.pyzbar import decode

from media.cards.setup import setup_card, wifi_of

ADDRESS = "10.41.0.1"


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1080, 1920)])
def test_a_phone_joins_by_the_qr_of_the_card(size: tuple[int, int]) -> None:
    card = setup_card("Liftcast-ABCD", "ABCDE23456", ADDRESS, "K7M2PQ", size)
    assert card.size == size
    assert [found.data.decode() for found in decode(card)] == ["WIFI:T:WPA;S:Liftcast-ABCD;P:ABCDE23456;;"]


def test_the_code_is_on_the_card_only_where_there_is_one() -> None:
    without, code = (setup_card("Liftcast-ABCD", "ABCDE23456", ADDRESS, code) for code in ("", "K7M2PQ"))
    assert without.tobytes() != code.tobytes()


def test_special_characters_are_escaped() -> None:
    assert wifi_of('a;b"', "c\\d:e,") == 'WIFI:T:WPA;S:a\\;b\\";P:c\\\\d\\:e\\,;;'
