"""Confetti over a still picture: it falls once, and only where a piece is or was is drawn. Pure.

No piece changes its colour, and none appears or vanishes in the middle of the picture, so nothing flashes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import Image, ImageDraw

from media.cards.games.patches import Patch

PIECES = 48
FALL_MS = 4200  # of the slowest piece; then the picture is still
EVERY_MS = 80
LAST_START_MS = 1600
SWAYS_PER_FALL = 2
DEGREES = (0, 45, 90, 135)

Area = tuple[int, int, int, int]  # left, top, right, bottom


class Piece(NamedTuple):
    """One piece of paper. Times in ms after the first begins to fall, lengths in pixels."""

    left: int
    starts_ms: float
    falls_ms: float
    sway: float
    shapes: Sequence[Image.Image]

    def place_at(self, elapsed_ms: float, height: int) -> tuple[int, int, Image.Image] | None:
        """Its corner and its shape; None before and after its fall, from above the picture to below it."""
        part = (elapsed_ms - self.starts_ms) / self.falls_ms
        if not 0 <= part <= 1:
            return None
        turned = self.shapes[int(part * 3 * len(self.shapes)) % len(self.shapes)]
        left = self.left + self.sway * math.sin(part * SWAYS_PER_FALL * 2 * math.pi)
        return round(left), round(part * (height + turned.height)) - turned.height, turned


@dataclass
class Confetti:
    """Falls over the left upper part of `picture`; the same for the same seed.

    within: width and height of that part; the code beside or below it stays readable
    """

    picture: Image.Image
    within: tuple[int, int]
    colours: Sequence[str]
    seed: int = 0
    _pieces: list[Piece] = field(init=False)
    _covered: dict[int, Area] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        side = max(4, self.picture.height // 54)
        shapes = {colour: _shapes(colour, side) for colour in self.colours}
        self._pieces = [self._piece(chance, shapes, side) for _ in range(PIECES)]

    def _piece(self, chance: random.Random, shapes: dict[str, list[Image.Image]], side: int) -> Piece:
        starts_ms = chance.uniform(0, LAST_START_MS)
        return Piece(
            left=chance.randrange(side, max(side + 1, self.within[0] - 3 * side)),
            starts_ms=starts_ms,
            falls_ms=chance.uniform(0.75, 1) * (FALL_MS - LAST_START_MS),
            sway=chance.uniform(-1.5, 1.5) * side,
            shapes=shapes[chance.choice(list(self.colours))],
        )

    def due(self, elapsed_ms: float) -> list[Patch]:
        """The areas that changed since the last call."""
        places = {
            n: place for n, piece in enumerate(self._pieces) if (place := piece.place_at(elapsed_ms, self.within[1]))
        }
        now = {number: _area(*place) for number, place in places.items()}
        changed = [
            _within(_around(self._covered.get(number), now.get(number)), *self.within)
            for number in sorted(self._covered.keys() | now.keys())
            if self._covered.get(number) != now.get(number)
        ]
        self._covered = now
        return [self._patch(area, list(places.values())) for area in changed if area[0] < area[2] and area[1] < area[3]]

    def is_over(self, elapsed_ms: float) -> bool:
        return elapsed_ms > FALL_MS and not self._covered

    def _patch(self, area: Area, places: list[tuple[int, int, Image.Image]]) -> Patch:
        """The picture there, with every piece that touches the area."""
        left, top, right, bottom = area
        part = self.picture.crop(area)
        for piece_left, piece_top, shape in places:
            beside = piece_left >= right or piece_left + shape.width <= left
            if not beside and piece_top < bottom and piece_top + shape.height > top:
                part.paste(shape, (piece_left - left, piece_top - top), shape)
        return Patch(left, top, part)


def _shapes(colour: str, side: int) -> list[Image.Image]:
    """A strip of paper, turned by steps."""
    paper = Image.new("RGBA", (2 * side, 2 * side))
    ImageDraw.Draw(paper).rectangle((side // 2, side * 3 // 4, side * 3 // 2, side * 5 // 4), fill=colour)
    return [paper.rotate(degrees, Image.Resampling.BICUBIC) for degrees in DEGREES]


def _area(left: int, top: int, shape: Image.Image) -> Area:
    return left, top, left + shape.width, top + shape.height


def _around(one: Area | None, other: Area | None) -> Area:
    areas = [area for area in (one, other) if area]
    lefts, tops, rights, bottoms = zip(*areas, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _within(area: Area, width: int, height: int) -> Area:
    left, top, right, bottom = area
    return max(left, 0), max(top, 0), min(right, width), min(bottom, height)
