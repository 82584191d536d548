"""The board of a lucky draw: everybody who takes part, then those who are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from media.cards.games.board import SMALL_SIZES, GameBoard, face_badge
from media.cards.layout import scaled
from media.cards.lettering import Box, draw_block, fit_or_cut
from media.games.faces import face_of

WORDS = {
    "zh": {"drawing": "{n} 人参加抽奖，马上开奖……", "drawn": "中奖的是：", "nobody": "这次没有人中奖，下次再来！"},
    "en": {
        "drawing": "{n} in the draw. Who will it be?",
        "drawn": "Drawn:",
        "nobody": "Nobody is drawn this time. Join the next one!",
    },
}


@dataclass
class DrawBoard(GameBoard):
    """One lucky draw."""

    def drawing(self, joined: int, seconds: int, promise: str) -> Image.Image:
        """All who take part."""
        picture, self._ground = self._drawn_ground(), self._still
        self._draw_countdown(picture, seconds)
        line = WORDS[self.language]["drawing"].format(n=joined)
        box = self._below_heading(picture, line, self._draw_proof(picture, "promise", promise))
        self._draw_faces(picture, box, joined)
        return picture

    def drawn(self, winners: Sequence[int], prize: str, seed: str) -> Image.Image:
        """Those who have a prize, in the order in which they were drawn."""
        picture, self._ground = self._drawn_ground(), self._still
        box = self._draw_proof(picture, "seed", seed)
        words = WORDS[self.language]
        if not winners:
            self._below_heading(picture, words["nobody"], box)
            return picture
        if prize:
            block = fit_or_cut(prize, box.width, box.height // 4, sizes=scaled(SMALL_SIZES, self._unit), bold=True)
            below = Box(box.left, box.bottom - block.height, box.width, block.height)
            draw_block(picture, block, below, fill=self.look.colours.accent)
            box = Box(box.left, box.top, box.width, below.top - self._px(20) - box.top)
        self._draw_winners(picture, self._below_heading(picture, words["drawn"], box), winners)
        return picture

    def _draw_winners(self, picture: Image.Image, box: Box, winners: Sequence[int]) -> None:
        """As large as all of them fit; beyond what fits small, the last are left out."""
        side = min(box.height, box.width, self._px(360))
        while side > self._px(80) and (box.width // side) * (box.height // side) < len(winners):
            side -= self._px(10)
        columns, rows = max(1, box.width // side), max(1, box.height // side)
        for nth, seat in enumerate(winners[: columns * rows]):
            row, column = divmod(nth, columns)
            badge = face_badge(face_of(seat), side - self._px(14))
            picture.paste(badge, (box.left + column * side, box.top + row * side), badge)
