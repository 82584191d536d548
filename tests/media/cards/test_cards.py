"""All cards: none is clipped, each leaves the strip free and is drawn fast.

Covers: media.cards.coupon, media.cards.cover, media.cards.notice
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PIL import Image

from media.cards.coupon import coupon_card
from media.cards.cover import cover_card
from media.cards.layout import INK, SIZE, STRIP_SHARE
from media.cards.notice import notice_card
from tests.media.cards.areas import drawn_area

ZH = "今天下午三点至五点，2 号电梯检修，请走楼梯或乘坐 1 号电梯。给您带来不便，敬请谅解！"


def coupon() -> Image.Image:
    return coupon_card(
        title="牛肉面买一送一", merchant="Noodle Bar", terms="每人限用一张。" * 80, link="https://x.example/o/1"
    )


CARDS: dict[str, Callable[[], Image.Image]] = {
    "short notice": lambda: notice_card("停水"),
    "chinese notice": lambda: notice_card(ZH, title="电梯检修"),
    "english notice": lambda: notice_card("Water will be shut off on Tuesday. " * 8, title="Water"),
    "full notice": lambda: notice_card("字" * 400),
    "one long word": lambda: notice_card("https://example.org/" + "very-long-" * 30),
    "cover": lambda: cover_card("一首很长的歌" * 12, language="en"),
    "coupon": coupon,
    "arabic notice": lambda: notice_card("سيتم إيقاف المصعد غداً من الساعة التاسعة 🎉 " * 4, title="تنبيه"),
    "thai cover": lambda: cover_card("ยินดีต้อนรับสู่อาคารของเราและขอขอบคุณที่รอลิฟต์", language="en"),
    "cover of a nameless sound": lambda: cover_card("\uf8ff"),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_never_clipped_and_leaves_the_strip_free(name: str) -> None:
    image = CARDS[name]()
    assert image.size == SIZE
    image.paste(INK, (0, 0, 30, image.height))  # the bar at the left edge is meant to touch it
    left, top, right, bottom = drawn_area(image)
    assert left > 20
    assert top > 20
    assert right < image.width - 20
    assert bottom <= image.height * (1 - STRIP_SHARE)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_drawn_in_a_blink(name: str) -> None:
    CARDS[name]()
    took_s = min(_timed(CARDS[name]) for _ in range(3))
    assert took_s < 0.2


def _timed(draw: Callable[[], object]) -> float:
    began = time.process_time()
    draw()
    return time.process_time() - began
