from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageColor
from pyzbar.pyzbar import decode

from media.cards.coupon import coupon_card
from media.cards.cover import cover_card
from media.cards.enrolment import enrolment_card
from media.cards.layout import ACCENT, INK, PAPER, SIZE, SOFT, STRIP_SHARE
from media.cards.notice import notice_card
from media.cards.strip import strip_card
from media.refused import Refused
from tests.rig.files.samples import drawn

LINK = "https://screens.example.org/o/01J8ZV3Q4R5S6T7V8W9X0Y1Z2A"
PAGE = "https://screens.example.org/s/K7M4?i=01J8ZV3Q4R5S6T7V8W9X0Y1Z2A&p=AbCdEfGh12345678"
ZH = "今天下午三点至五点，2 号电梯检修，请走楼梯或乘坐 1 号电梯。给您带来不便，敬请谅解！"


def drawn_area(image: Image.Image) -> tuple[int, int, int, int]:
    """Where anything but the background is."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, INK)).getbbox()
    assert box is not None
    return box


def codes_in(image: Image.Image) -> list[str]:
    return [code.data.decode() for code in decode(image)]


def coupon(picture: Image.Image | None = None) -> Image.Image:
    return coupon_card(
        title="牛肉面买一送一", merchant="Noodle Bar", terms="每人限用一张。" * 80, link=LINK, picture=picture
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


@pytest.mark.parametrize("picture", [None, drawn(600, 900), drawn(4000, 300)])
def test_the_code_on_a_coupon_leads_to_its_offer(picture: Image.Image | None) -> None:
    assert codes_in(coupon(picture)) == [LINK]


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 360), (1080, 1920)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_enrolment_card_fits_every_screen(size: tuple[int, int], language: str) -> None:
    image = enrolment_card("K7M4-92QX", "https://screens.example.org/console", size, language)
    left, top, right, bottom = drawn_area(image)
    assert image.size == size
    assert min(left, top, size[0] - right, size[1] - bottom) > 0


def test_the_chosen_language_comes_first_on_the_enrolment_card() -> None:
    zh, en = (enrolment_card("K7M4-92QX", "example.org", (640, 360), language) for language in ("zh", "en"))
    assert ImageChops.difference(zh, en).getbbox() is not None


@pytest.mark.parametrize(("width", "height"), [(1920, 172), (1280, 115), (640, 58), (1080, 160)])
@pytest.mark.parametrize("wifi", ["Harbour Tower Free", None])
def test_the_strips_code_leads_to_the_page_at_every_size(width: int, height: int, wifi: str | None) -> None:
    image = strip_card(width, height, PAGE, "screens.example.org/s/K7M4", wifi, "en")
    assert image.size == (width, height)
    on_screen = Image.new("RGB", (width, height * 3), "black")
    on_screen.paste(image, (0, height))
    larger = on_screen.resize((width * 2, height * 6), Image.Resampling.NEAREST)
    assert PAGE in codes_in(larger)


@pytest.mark.parametrize(
    ("ink", "paper"),
    [(PAPER, INK), (ACCENT, INK), (SOFT, INK), (INK, PAPER)],
)
def test_letters_stand_out(ink: str, paper: str) -> None:
    lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 7


def _luminance(colour: str) -> float:
    """As WCAG counts it."""
    parts = [value / 255 for value in ImageColor.getrgb(colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
