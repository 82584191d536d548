from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageChops

from player.show.draw_enrolment_card import draw

SIZE = (640, 360)


def test_the_card_differs_by_code_and_by_why_there_is_none() -> None:
    cards = [
        draw(SIZE, "http://screens.example.org", code=code, why=why)
        for code, why in (("ABC234", ""), ("XYZ789", ""), ("", "no route"), ("", "refused"))
    ]
    assert {card.size for card in cards} == {SIZE}
    pairs = [(a, b) for n, a in enumerate(cards) for b in cards[n + 1 :]]
    assert all(ImageChops.difference(a.convert("RGB"), b.convert("RGB")).getbbox() for a, b in pairs)


def test_as_a_program_it_writes_the_picture(tmp_path: Path) -> None:
    out = tmp_path / "card.png"
    module = [sys.executable, "-m", "player.show.draw_enrolment_card"]
    subprocess.run([*module, str(out), "320", "180", "http://screens.example.org", "ABC234", ""], check=True)
    with Image.open(out) as card:
        assert card.size == (320, 180)
