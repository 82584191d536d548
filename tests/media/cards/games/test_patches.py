from __future__ import annotations

from PIL import Image

from media.cards.games.patches import Patch


def test_a_patch_is_read_by_name_and_by_position() -> None:
    patch = Patch(3, 4, Image.new("RGB", (5, 6)))
    left, top, picture = patch
    assert (left, top, picture.size) == (patch.left, patch.top, (5, 6))
