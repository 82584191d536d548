from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.cards.lettering import Block, Box, draw_block, fit, fit_cut, text_that_fits, undrawable, without_undrawable

TEXTS = st.text(alphabet="电梯检修，请走楼梯。（）《》 abcdefg,.!? 0123456789\nمرحباשלוםกำลัง🎉", max_size=120)
NEVER_FIRST = "，。、；：？！）》」』】〉”’,.;:?!)]}%"


def lines(text: str, width: int, *, size: int = 40) -> list[str]:
    return [line.strip() for line in Block(text, width, size, bold=False).lines]


def drawn(text: str, *, align: str = "left") -> Image.Image:
    """The letters as a picture of 600 × 200 pixels, white on black."""
    image = Image.new("RGB", (600, 200))
    draw_block(image, Block(text, 560, 60, bold=False), Box(20, 20, 560, 160), fill="white", align=align)  # type: ignore[arg-type]
    return image


def extent(image: Image.Image) -> tuple[int, int, int, int]:
    box = image.getbbox()
    assert box is not None
    return box


@pytest.fixture(scope="module")
def fonts() -> None:
    """The first text of all pays for loading them; no example shall."""
    lines("电梯检修 abc مرحبا שלום กำลัง 🎉", 400)


@pytest.mark.usefixtures("fonts")
@given(TEXTS, st.integers(90, 900))
def test_nothing_of_a_text_is_lost_between_its_lines(text: str, width: int) -> None:
    block = Block(text, width, 40, bold=False)
    assert "".join("".join(block.lines).split()) == "".join(text.split())
    assert text_that_fits(block, block.height) == text


def test_chinese_breaks_anywhere_but_before_its_marks() -> None:
    wrapped = lines("今天下午三点，电梯检修。" * 6, 330)
    assert len(wrapped) > 5
    assert not any(line[0] in NEVER_FIRST for line in wrapped)


def test_english_words_stay_whole() -> None:
    words = "Please take the other elevator while this one is repaired"
    assert len(lines(words, 400)) > 2
    assert " ".join(lines(words, 400)) == words


def test_thai_is_broken_between_its_words() -> None:
    """It writes none of the spaces: a dictionary knows them."""
    words = ("ขอ", "ขอบคุณ", "ที่", "รอ", "ลิฟต์")
    assert lines("".join(words), 230)[0] in {"".join(words[:count]) for count in range(1, 5)}


def test_typed_line_breaks_are_kept() -> None:
    assert lines("one\n\ntwo", 400) == ["one", "", "two"]


def test_the_largest_size_that_fits_is_taken() -> None:
    short, long = (fit(text, 800, 300, sizes=(100, 50, 25)) for text in ("电梯", "电梯检修" * 12))
    assert short is not None
    assert long is not None
    assert (short.size, long.size) == (100, 50)


def test_text_that_fits_at_no_size_fits_not() -> None:
    assert fit("电梯检修" * 100, 300, 100, sizes=(50, 25)) is None


def test_cut_text_ends_with_an_ellipsis_inside_its_box() -> None:
    block = fit_cut("电梯检修" * 100, 300, 100, size=25)
    assert block.height <= 100
    assert block.lines[-1].endswith("…")


def test_characters_that_no_font_has_are_named() -> None:
    assert undrawable("电梯 ok 🎉 9:00 مرحبا ที่ हिन्दी שלום \U0010fffe\uf8ff") == ["\U0010fffe", "\uf8ff"]
    assert without_undrawable("Caf\uf8ffé") == "Café"


def test_arabic_letters_are_joined() -> None:
    """Side by side and unjoined, the letters of a word are wider than the word."""
    joined, apart = extent(drawn("مرحبا")), extent(drawn("\u200c".join("مرحبا")))
    assert joined[2] - joined[0] < apart[2] - apart[0]


@pytest.mark.parametrize("text", ["مرحبا", "שלום", "שלום 123"])
def test_a_script_from_the_right_begins_at_the_right(text: str) -> None:
    assert extent(drawn(text))[2] > 560
    assert extent(drawn(text))[0] > 100


def test_centred_text_is_centred_in_every_script() -> None:
    for text in ("abcabc", "مرحبا"):
        left, _top, right, _bottom = extent(drawn(text, align="center"))
        assert abs((left + right) / 2 - 300) < 5


def test_an_accent_stands_over_its_letter() -> None:
    """A Thai vowel, a tone and a Hangul syllable take no more room than what they are written upon."""
    assert extent(drawn("ที่ที่"))[2] == pytest.approx(extent(drawn("ทท"))[2], abs=3)
    assert extent(drawn("한"))[2] < 20 + 70


def test_emoji_are_in_colour() -> None:
    colours = {pixel for _count, pixel in drawn("🎉").getcolors(1 << 18) or []}
    assert any(max(pixel) - min(pixel) > 100 for pixel in colours)


@pytest.mark.parametrize("text", ["Harbour Tower", "Gebäudeverwaltung Nord"])
def test_a_word_is_not_broken_where_a_smaller_size_holds_it_whole(text: str) -> None:
    block = fit(text, 600, 900, sizes=[200, 130, 90, 50], bold=True)
    assert block is not None
    assert [line.strip() for line in block.lines] == text.split()


def test_a_word_that_no_size_holds_is_broken_at_the_largest_that_fits() -> None:
    block = fit("W" * 60, 300, 900, sizes=[100, 60, 30])
    assert block is not None
    assert block.size == next(size for size in (100, 60, 30) if Block("W" * 60, 300, size, bold=False).height <= 900)
