"""The board of a race: drawn whole at each phase, and in between only where something moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageOps

from media.cards.games.board import GameBoard, Patch, face_badge
from media.cards.layout import PAPER
from media.games.faces import face_of
from media.games.race import LANES

TRACK, LINE = "#15293f", "#2b4562"
FEWEST_LANES = 4  # two runners on a track of twelve lanes would look lost


@dataclass
class RaceBoard(GameBoard):
    """runner: the advertiser's product; without it the players' animals run themselves"""

    runner: Image.Image | None = None
    _sprites: list[Image.Image] = field(init=False, default_factory=list)
    _lefts: list[int] = field(init=False, default_factory=list)

    def track(self, players: int, seconds: int) -> Image.Image:
        """All runners at the start. From here on, `moved` draws what changes."""
        self._ground = self._drawn_ground()
        lanes = min(max(players, FEWEST_LANES), LANES)
        self._draw_lanes(self._ground, lanes)
        self._sprites = [self._sprite(lane, lanes) for lane in range(min(players, LANES))]
        self._lefts = [self._field.left] * len(self._sprites)
        picture = self._ground.copy()
        for lane, sprite in enumerate(self._sprites):
            picture.paste(sprite, (self._lefts[lane], self._lane_top(lane)), sprite)
        self._draw_countdown(picture, seconds)
        return picture

    def moved(self, positions: Sequence[int]) -> list[Patch]:
        """The lanes whose runners moved since the last call. positions: thousandths of the track"""
        return [
            self._lane_patch(lane, left)
            for lane, left in enumerate(map(self._left_at, positions[: len(self._sprites)]))
            if left != self._lefts[lane]
        ]

    def _lane_patch(self, lane: int, left: int) -> Patch:
        """The ground from the runner's old place to the new one, with the runner on it."""
        sprite, before, top = self._sprites[lane], self._lefts[lane], self._lane_top(lane)
        from_left, until = min(before, left), max(before, left) + sprite.width
        picture = self._ground.crop((from_left, top, until, top + sprite.height))
        picture.paste(sprite, (left - from_left, 0), sprite)
        self._lefts[lane] = left
        return Patch(from_left, top, picture)

    def _left_at(self, position: int) -> int:
        field_ = self._field
        return field_.left + (field_.width - self._sprites[0].width) * min(max(position, 0), 1000) // 1000

    def _sprite(self, lane: int, lanes: int) -> Image.Image:
        height = self._field.height // lanes - self._px(8)
        badge = face_badge(face_of(lane), min(height, self._px(140)))
        if self.runner is None:
            return badge
        product = ImageOps.contain(self.runner.convert("RGBA"), (2 * badge.height, badge.height))
        sprite = Image.new("RGBA", (badge.width + product.width, badge.height))
        sprite.paste(badge, (0, 0))
        sprite.paste(product, (badge.width, (badge.height - product.height) // 2))
        return sprite

    def _lane_top(self, lane: int) -> int:
        lanes = min(max(len(self._sprites), FEWEST_LANES), LANES)
        return self._field.top + lane * self._field.height // lanes + self._px(4)

    def _draw_lanes(self, picture: Image.Image, lanes: int) -> None:
        draw, field_ = ImageDraw.Draw(picture), self._field
        draw.rectangle((field_.left, field_.top, field_.left + field_.width, field_.bottom), fill=TRACK)
        for lane in range(1, lanes):
            y = field_.top + lane * field_.height // lanes
            draw.line((field_.left, y, field_.left + field_.width, y), fill=LINE, width=max(2, self._px(4)))
        finish = field_.left + field_.width - self._px(10)
        draw.line((finish, field_.top, finish, field_.bottom), fill=PAPER, width=max(3, self._px(10)))
