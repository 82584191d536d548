"""The board of a race: drawn whole at each phase, and in between only where something moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from media.cards.games.board import GameBoard
from media.cards.games.lanes import Lanes
from media.cards.games.patches import Patch
from media.games.race import LANES

FEWEST_LANES = 4  # two runners on a track of twelve lanes would look lost


@dataclass
class RaceBoard(GameBoard):
    """The look's product runs with its player's badge; without a product the players' animals run themselves."""

    _track: Lanes | None = field(init=False, default=None)

    def track(self, players: int, seconds: int) -> Image.Image:
        """All runners at the start. From here on, `moved` draws what changes."""
        self._ground = self._drawn_ground()
        runners = min(players, LANES)
        self._track = self._lay_lanes(self._field, max(runners, FEWEST_LANES))
        picture = self._track.start(self._runners(runners, self._track))
        self._draw_countdown(picture, seconds)
        return picture

    def moved(self, positions: Sequence[int]) -> list[Patch]:
        """The lanes whose runners moved since the last call. positions: thousandths of the track"""
        if self._track is None:
            return []
        places = enumerate(positions[: len(self._track.runners)])
        patches = (self._track.move(lane, position) for lane, position in places)
        return [patch for patch in patches if patch is not None]
