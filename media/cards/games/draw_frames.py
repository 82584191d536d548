"""The frames of a lucky draw."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from media.cards.games.draw_board import DrawBoard
from media.cards.games.frames import GameFrames, View


@dataclass
class DrawFrames(GameFrames[DrawBoard]):
    """All who take part, until those who won are known."""

    def played_view(self, now_ms: int) -> View:
        return View("drawing", self.joined)

    def draw_played(self, view: View, seconds: int) -> Image.Image:
        return self.board.drawing(self.joined, seconds, self.state.promise if self.state else "")

    def draw_result(self) -> Image.Image:
        winners = self.state.result.winners if self.state and self.state.result else ()
        return self.board.drawn(winners, self.prize_line(), self.seed())
