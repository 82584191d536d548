from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from media.cards.coupon import coupon_card
from tests.media.cards.areas import codes_in
from tests.rig.files.samples import drawn

LINK = "https://screens.example.org/o/01J8ZV3Q4R5S6T7V8W9X0Y1Z2A"


def coupon(picture: Image.Image | None = None, **more: str) -> Image.Image:
    words = {"title": "牛肉面买一送一", "merchant": "Noodle Bar", "terms": "每人限用一张。" * 80, **more}
    return coupon_card(**words, link=LINK, picture=picture)


@pytest.mark.parametrize("picture", [None, drawn(600, 900), drawn(4000, 300)])
def test_the_code_on_a_coupon_leads_to_its_offer(picture: Image.Image | None) -> None:
    assert codes_in(coupon(picture)) == [LINK]


def test_terms_that_do_not_fit_are_cut_and_the_card_is_drawn_all_the_same() -> None:
    """The phone shows them whole."""
    assert codes_in(coupon(terms="字" * 20_000)) == [LINK]
    assert codes_in(coupon(terms="", title="\uf8ff")) == [LINK]


def test_the_words_are_in_the_language_of_the_screen() -> None:
    zh, en = (
        coupon_card(title="A", merchant="B", terms="", link=LINK, language=language) for language in ("zh", "en-GB")
    )
    assert ImageChops.difference(zh, en).getbbox() is not None
