"""The frames of a game from outside: the players, and what each of them has on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from media.cards.games.custom_board import CustomBoard
from media.cards.games.frames import GameFrames, View
from media.cards.games.patches import Patch
from media.games.custom import MOST_SHOWN
from media.wire.games import PlayerBoard


@dataclass
class CustomFrames(GameFrames[CustomBoard]):
    """The phones that joined are on the screen before the game has reported anything of them."""

    def played_view(self, now_ms: int) -> View:
        return View("players", tuple(board.seat for board in self._boards()))

    def draw_played(self, view: View, seconds: int) -> Image.Image:
        return self.board.players(self._boards(), seconds)

    def moved(self) -> list[Patch]:
        return self.board.changed(self._boards())

    def _boards(self) -> list[PlayerBoard]:
        said = {board.seat: board for board in self.state.boards} if self.state else {}
        waiting = [seat for seat in range(self.joined) if seat not in said]
        seats = sorted([*said, *waiting[: max(0, MOST_SHOWN - len(said))]])
        return [said.get(seat, PlayerBoard(seat=seat)) for seat in seats]
