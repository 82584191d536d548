from __future__ import annotations

import pytest

from media.phone.qr_code import qr_svg


@pytest.mark.parametrize("text", ["QC1ABC", "https://x.example/?a=1&b=</svg><script>", "电梯"])
def test_a_code_is_one_drawing_and_contains_nothing_of_its_text(text: str) -> None:
    svg = qr_svg(text)
    assert (svg.count("<svg"), svg.startswith("<svg"), svg.endswith("</svg>")) == (1, True, True)
    assert "script" not in svg
    assert 'width="' not in svg


def test_another_text_is_another_code() -> None:
    assert qr_svg("QC1A") != qr_svg("QC1B")
