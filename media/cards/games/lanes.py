"""Runners on lanes: drawn whole once, and from then on only where one of them moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import Image, ImageDraw

from media.cards.games.look import BoardLook, on_plate
from media.cards.games.patches import Patch
from media.cards.lettering import Box


class Measures(NamedTuple):
    """Widths of lines, and the space above a runner, in pixels."""

    line: int
    finish: int
    gap: int


@dataclass
class Lanes:
    """`number` lanes from the left to the right of `box`, the first ones with a runner each.

    ground: the board without runners; the lanes are drawn on it
    """

    ground: Image.Image
    box: Box
    number: int
    look: BoardLook
    measures: Measures
    runners: list[Image.Image] = field(default_factory=list)
    _lefts: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        draw, box, colours = ImageDraw.Draw(self.ground), self.box, self.look.colours
        self.look.draw_panel(self.ground, box)
        for lane in range(1, self.number):
            y = box.top + lane * box.height // self.number
            draw.line((box.left, y, self._right, y), fill=colours.line, width=self.measures.line)
        finish = self._right - self.measures.finish
        draw.line((finish, box.top, finish, box.bottom), fill=colours.text, width=self.measures.finish)

    @property
    def runner_height(self) -> int:
        return self.box.height // self.number - 2 * self.measures.gap

    def start(self, runners: list[Image.Image], *, outside: bool = False) -> Image.Image:
        """The board with these runners at the left end, or outside of it."""
        self.runners = runners
        self._lefts = [self.box.left - (runner.width if outside else 0) for runner in runners]
        picture = self.ground.copy()
        for lane, runner in enumerate(runners if not outside else []):
            picture.paste(runner, (self._lefts[lane], self._top(lane)), runner)
        return picture

    def move(self, lane: int, thousandths: int) -> Patch | None:
        """The runner at this part of its way along the lane; None if it is there already."""
        way = self.box.width - self.runners[lane].width
        return self._move_to(lane, self.box.left + way * min(max(thousandths, 0), 1000) // 1000)

    def pass_by(self, lane: int, part: float) -> list[Patch]:
        """The runner at this part of its way from outside the left end to outside the right one, and again."""
        width = self.runners[lane].width
        start, way = self.box.left - width, self.box.width + width
        left, patches = start + round(part % 1 * way), []
        if left < self._lefts[lane]:  # it left at the right end, and comes again at the left one
            patches.append(self._move_to(lane, start + way))
            self._lefts[lane] = start
        patches.append(self._move_to(lane, left))
        return [patch for patch in patches if patch is not None and patch.picture.width]

    def _move_to(self, lane: int, left: int) -> Patch | None:
        """The ground from the runner's old place to the new one, with the runner on it; nothing beside the lanes."""
        runner, before, top = self.runners[lane], self._lefts[lane], self._top(lane)
        if left == before:
            return None
        self._lefts[lane] = left
        from_left = max(min(before, left), self.box.left)
        until = max(from_left, min(max(before, left) + runner.width, self._right))
        picture = self.ground.crop((from_left, top, until, top + runner.height))
        picture.paste(runner, (left - from_left, 0), runner)
        return Patch(from_left, top, picture)

    @property
    def _right(self) -> int:
        return self.box.left + self.box.width

    def _top(self, lane: int) -> int:
        return self.box.top + lane * self.box.height // self.number + self.measures.gap


def with_product(badge: Image.Image, product: Image.Image | None, gap: int) -> Image.Image:
    """A player's badge, and the advertiser's product beside it."""
    if product is None:
        return badge
    shown = on_plate(product, 2 * badge.height, badge.height)
    runner = Image.new("RGBA", (badge.width + gap + shown.width, badge.height))
    runner.paste(badge, (0, 0))
    runner.paste(shown, (badge.width + gap, (badge.height - shown.height) // 2))
    return runner
