"""The frames of a race: runners on their lanes."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from media.cards.games.frames import GameFrames, View
from media.cards.games.patches import Patch
from media.cards.games.race_board import RaceBoard
from media.games.race import LANES


@dataclass
class RaceFrames(GameFrames[RaceBoard]):
    """A player who joins late gets a lane, so the track is drawn anew."""

    def played_view(self, now_ms: int) -> View:
        return View("track", min(self.joined, LANES))

    def draw_played(self, view: View, seconds: int) -> Image.Image:
        return self.board.track(self.joined, seconds)

    def moved(self) -> list[Patch]:
        return self.board.moved(self.state.positions) if self.state else []
