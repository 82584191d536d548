"""The board of a game from outside: each player's animal, with a number or one of the game's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from media.cards.games.board import GameBoard, face_badge
from media.cards.games.patches import Patch
from media.cards.layout import scaled
from media.cards.lettering import Box, draw_block, fit_or_cut
from media.games.faces import face_of
from media.games.package import PICTURE_SIDE, read_packed
from media.wire.games import NO_PICTURE, PlayerBoard

NUMBER_SIZES = (96, 84, 72, 60, 48, 36, 28)
FORMATS = ("PNG", "JPEG", "WEBP")
WIDE = 2.4  # a tile's width against its height: the animal, and what is beside it


@dataclass
class CustomBoard(GameBoard):
    """pictures: the game's, by their number in its list; one that cannot be read is None"""

    pictures: Sequence[Image.Image | None] = ()
    _tiles: dict[int, tuple[Box, PlayerBoard]] = field(init=False, default_factory=dict)

    def players(self, boards: Sequence[PlayerBoard], seconds: int) -> Image.Image:
        """All players. From here on, `changed` draws the tiles that change."""
        picture, self._ground = self._drawn_ground(), self._still
        self._draw_countdown(picture, seconds)
        self._tiles = {}
        for board, box in zip(boards, self._boxes(len(boards)), strict=True):
            self._tiles[board.seat] = (box, board)
            picture.paste(self._tile(board, box), (box.left, box.top))
        return picture

    def changed(self, boards: Sequence[PlayerBoard]) -> list[Patch]:
        """The tiles of those whose board changed since the last call."""
        patches = []
        for board in boards:
            box, known = self._tiles[board.seat]
            if board != known:
                self._tiles[board.seat] = (box, board)
                patches.append(Patch(box.left, box.top, self._tile(board, box)))
        return patches

    def _boxes(self, players: int) -> list[Box]:
        """As large as all of them fit, in rows."""
        whole, gap = self._field, self._px(12)
        height = self._px(220)
        while height > self._px(56) and self._columns(height) * (whole.height // height) < players:
            height -= self._px(4)
        columns = self._columns(height)
        width = whole.width // columns
        return [
            Box(whole.left + column * width, whole.top + row * height, width - gap, height - gap)
            for row, column in (divmod(place, columns) for place in range(players))
        ]

    def _columns(self, height: int) -> int:
        return max(1, int(self._field.width / (height * WIDE)))

    def _tile(self, board: PlayerBoard, box: Box) -> Image.Image:
        tile = Image.new("RGB", (box.width, box.height), self.look.colours.track)
        badge = face_badge(face_of(board.seat), box.height)
        tile.paste(badge, (0, 0), badge)
        rest = Box(box.height + self._px(10), 0, box.width - box.height - self._px(20), box.height)
        shown = self._picture(board.picture)
        if shown is None:
            sizes = [size for size in scaled(NUMBER_SIZES, self._unit) if size <= box.height] or [box.height // 2]
            number = fit_or_cut(str(board.number), rest.width, rest.height, sizes=sizes, bold=True)
            draw_block(tile, number, rest, fill=self.look.colours.text, middle=True)
        else:
            fitted = ImageOps.contain(shown, (rest.width, rest.height))
            tile.paste(fitted, (rest.left, (box.height - fitted.height) // 2), fitted)
        return tile

    def _picture(self, number: int) -> Image.Image | None:
        return self.pictures[number] if NO_PICTURE < number < len(self.pictures) else None


def pictures_of(package: Path | None, names: Sequence[str]) -> list[Image.Image | None]:
    """The pictures of a game, in the order of their names; None for one that cannot be read."""
    return [_decoded(read_packed(package, name) if package else None) for name in names]


def _decoded(content: bytes | None) -> Image.Image | None:
    """The server has decoded it before, with the same bounds; here its bytes are a stranger's again."""
    if content is None:
        return None
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            return image.convert("RGBA") if max(image.size) <= PICTURE_SIDE else None
    except Exception:
        return None
