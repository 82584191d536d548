from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.fonts import font, undrawable
from media.lettering import NEVER_FIRST, fit, fit_cut, wrap

TEXTS = st.text(alphabet="电梯检修，请走楼梯。（）《》 abcdefg,.!? 0123456789\n", max_size=200)


@given(TEXTS, st.integers(60, 900))
def test_no_line_is_wider_than_its_box_and_nothing_is_lost(text: str, width: int) -> None:
    face = font(40)
    lines = wrap(text, face, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(face.getlength(line) <= width for line in lines)


def test_chinese_breaks_anywhere_but_before_its_marks() -> None:
    lines = wrap("今天下午三点，电梯检修。" * 6, font(40), 330)
    assert len(lines) > 5
    assert not any(line[0] in NEVER_FIRST for line in lines)


def test_english_words_stay_whole() -> None:
    words = "Please take the other elevator while this one is repaired"
    assert " ".join(wrap(words, font(40), 400)) == words


def test_typed_line_breaks_are_kept() -> None:
    assert wrap("one\n\ntwo", font(40), 400) == ["one", "", "two"]


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
    assert font(25).getlength(block.lines[-1]) <= 300


def test_characters_without_a_shape_are_named() -> None:
    assert undrawable("电梯 ok 🎉 9:00") == ["🎉"]


def test_a_word_is_not_broken_where_a_smaller_size_holds_it_whole() -> None:
    block = fit("Harbour Tower", 600, 600, sizes=[200, 120, 60])
    assert block is not None
    assert block.lines == ("Harbour", "Tower")


def test_a_word_that_no_size_holds_is_broken_at_the_largest_that_fits() -> None:
    block = fit("W" * 60, 300, 600, sizes=[100, 60, 30])
    assert block is not None
    assert "".join(block.lines) == "W" * 60
