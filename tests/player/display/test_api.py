from pathlib import Path

import pytest

from player.display.api import Showing


@pytest.mark.parametrize(("mime", "still"), [("image/png", True), ("video/mp4", False), ("audio/image", False)])
def test_a_picture_is_a_still(mime: str, still: bool) -> None:
    assert Showing("id", Path("file"), mime, 1000).is_still is still
