"""A part of the screen that is drawn anew."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image


class Patch(NamedTuple):
    """A picture, and where its corner is on the screen."""

    left: int
    top: int
    picture: Image.Image
