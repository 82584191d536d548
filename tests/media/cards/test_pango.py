from __future__ import annotations

import pytest

from media.cards.pango import A8, NORMAL, Canvas, Font, Layout, TextFailed, gobject

FONT = Font("Noto Sans", 20, NORMAL)


def test_a_canvas_that_is_too_large_fails_with_cairos_reason() -> None:
    with pytest.raises(TextFailed, match="size"):
        Canvas(70_000, 10)


def test_a_layout_is_freed_with_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[int] = []
    monkeypatch.setattr(gobject, "g_object_unref", freed.append)
    layout = Layout("lift", FONT, Canvas(1, 1, format_=A8), width=100, line_height=1)
    pointer = layout.pointer
    assert freed == []
    del layout
    assert freed == [pointer]


def test_lines_are_measured_in_bytes_of_utf_8_and_pixels() -> None:
    layout = Layout("电梯\nlift", FONT, Canvas(1, 1, format_=A8), width=100, line_height=1)
    first, second = layout.lines
    assert (first.start, first.length, second.start, second.length) == (0, 6, 7, 4)
    assert 0 < first.bottom < second.bottom <= layout.size[1]
