"""The board of a game on the screen: what all kinds of games show.

A board knows no clock. It is given the state that the referee sends and the seconds that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from PIL import Image, ImageDraw

from media.cards.layout import ACCENT, INK, PAPER, SIZE, SOFT, STRIP_SHARE, scaled
from media.cards.lettering import Block, Box, draw_block, fit_or_cut
from media.cards.qr import qr_plate
from media.games.faces import EMOJI, Face, face_of

TITLE_SIZES, SMALL_SIZES = (84, 72, 62, 54, 46), (52, 46, 40, 34, 28)
EMOJI_SHARE = 0.74  # of the disc behind it
POSTER_FACES = 12
WORDS = {
    "zh": {
        "join": "扫码加入比赛",
        "nobody": "还没有人，来当第一个！",
        "players": "{n} 人已加入",
    },
    "en": {
        "join": "Scan to join the race",
        "nobody": "Nobody yet. Be the first!",
        "players": "{n} joined",
    },
}


@dataclass(frozen=True)
class GameWords:
    """The advertiser's words on the board, in the screen's language."""

    title: str
    prize: str = ""


class Patch(NamedTuple):
    """A part of the screen, drawn anew."""

    left: int
    top: int
    picture: Image.Image


@dataclass
class GameBoard:
    """A game on a screen of `size` pixels. `link` is the page that phones open; without it no code is drawn."""

    words: GameWords
    link: str = ""
    size: tuple[int, int] = SIZE
    language: str = "zh"
    _ground: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self._unit = min(self.size) / SIZE[1]
        self._ground = self._drawn_ground()

    # --- joining

    def poster(self) -> Image.Image:
        """The game as a still: for its preview, and for a screen that cannot draw more."""
        picture = self._ground.copy()
        self._draw_faces(picture, self._field, POSTER_FACES)
        return picture

    def lobby(self, joined: int, seconds: int) -> Image.Image:
        """Who has joined so far, and when the play begins."""
        picture = self._ground.copy()
        self._draw_countdown(picture, seconds)
        field_ = self._field
        words = WORDS[self.language]
        line = words["players"].format(n=joined) if joined else words["nobody"]
        head = fit_or_cut(line, field_.width, round(field_.height * 0.2), sizes=scaled(TITLE_SIZES, self._unit))
        top = draw_block(picture, head, field_, fill=PAPER) + self._px(20)
        self._draw_faces(picture, Box(field_.left, top, field_.width, field_.bottom - top), joined)
        return picture

    def _draw_faces(self, picture: Image.Image, box: Box, joined: int) -> None:
        """As large as all of them fit; beyond what fits small, the newest are left out."""
        side = self._px(150)
        while side > self._px(60) and (box.width // side) * (box.height // side) < joined:
            side -= self._px(10)
        columns, rows = max(1, box.width // side), max(1, box.height // side)
        for seat in range(min(joined, columns * rows)):
            row, column = divmod(seat, columns)
            badge = face_badge(face_of(seat), side - self._px(10))
            picture.paste(badge, (box.left + column * side, box.top + row * side), badge)

    # --- the result

    def podium(self, places: Sequence[Sequence[int]], prize: str) -> Image.Image:
        """The best three, each the seats of one lane, and who gets the prize."""
        picture = self._drawn_ground()
        field_ = self._field
        top = field_.top
        for place, seats in enumerate(places[:3]):
            side = self._px((240, 170, 140)[place])
            self._draw_place(picture, Box(field_.left, top, field_.width, side), place, seats)
            top += side + self._px(16)
        if prize and top < field_.bottom:
            rest = Box(field_.left, top, field_.width, field_.bottom - top)
            block = fit_or_cut(prize, rest.width, rest.height, sizes=scaled(SMALL_SIZES, self._unit), bold=True)
            draw_block(picture, block, rest, fill=ACCENT)
        return picture

    def _draw_place(self, picture: Image.Image, box: Box, place: int, seats: Sequence[int]) -> None:
        number = fit_or_cut(str(place + 1), box.height, box.height, sizes=[round(box.height * 0.6)], bold=True)
        draw_block(picture, number, Box(box.left, box.top, box.height, box.height), fill=ACCENT, middle=True)
        left = box.left + box.height
        for seat in seats[: max(1, (box.width - box.height) // box.height)]:
            badge = face_badge(face_of(seat), box.height)
            picture.paste(badge, (left, box.top), badge)
            left += box.height

    # --- the ground

    def _drawn_ground(self) -> Image.Image:
        """Title, code and the advertiser's prize: what stays."""
        picture = Image.new("RGB", self.size, INK)
        head = self._head
        title = fit_or_cut(self.words.title, head.width, head.height, sizes=scaled(TITLE_SIZES, self._unit), bold=True)
        draw_block(picture, title, head, fill=ACCENT, middle=True)
        if self.link:
            self._draw_join(picture)
        return picture

    def _draw_join(self, picture: Image.Image) -> None:
        box = self._side
        side = min(box.width, round(box.height * 0.62))
        picture.paste(qr_plate(self.link, side), (box.left + (box.width - side) // 2, box.top))
        rest = Box(box.left, box.top + side + self._px(16), box.width, box.height - side - self._px(16))
        join = fit_or_cut(
            WORDS[self.language]["join"], rest.width, rest.height // 2, sizes=scaled(SMALL_SIZES, self._unit), bold=True
        )
        top = draw_block(picture, join, rest, fill=PAPER, align="center") + self._px(10)
        if self.words.prize:
            below = Box(rest.left, top, rest.width, rest.bottom - top)
            prize = fit_or_cut(self.words.prize, below.width, below.height, sizes=scaled(SMALL_SIZES, self._unit))
            draw_block(picture, prize, below, fill=SOFT, align="center")

    def countdown(self, seconds: int) -> Patch:
        """The seconds that are left."""
        box = self._countdown_box
        picture = self._ground.crop((box.left, box.top, box.left + box.width, box.bottom))
        self._draw_seconds(picture, Box(0, 0, box.width, box.height), seconds)
        return Patch(box.left, box.top, picture)

    def _draw_countdown(self, picture: Image.Image, seconds: int) -> None:
        self._draw_seconds(picture, self._countdown_box, seconds)

    def _draw_seconds(self, picture: Image.Image, box: Box, seconds: int) -> None:
        block = Block(str(max(seconds, 0)), box.width, round(box.height * 0.7), bold=True)
        draw_block(picture, block, box, fill=PAPER, align="center", middle=True)

    # --- the layout, of a wide or an upright screen

    def _px(self, of_1080: int) -> int:
        return round(of_1080 * self._unit)

    @property
    def _upright(self) -> bool:
        return self.size[1] > self.size[0]

    @property
    def _all(self) -> Box:
        margin = self._px(60)
        return Box(margin, margin // 2, self.size[0] - 2 * margin, round(self.size[1] * (1 - STRIP_SHARE)) - margin)

    @property
    def _head(self) -> Box:
        whole = self._all
        return Box(whole.left, whole.top, whole.width - self._px(180), self._px(150))

    @property
    def _countdown_box(self) -> Box:
        whole = self._all
        return Box(whole.left + whole.width - self._px(160), whole.top, self._px(160), self._px(150))

    @property
    def _side(self) -> Box:
        """The code: at the right, or below on an upright screen."""
        whole, top = self._all, self._head.bottom + self._px(20)
        if self._upright:
            height = round(whole.height * 0.28)
            return Box(whole.left, whole.bottom - height, whole.width, height)
        width = round(whole.width * 0.24)
        return Box(whole.left + whole.width - width, top, width, whole.bottom - top)

    @property
    def _field(self) -> Box:
        """The lobby, the track or the podium."""
        whole, top = self._all, self._head.bottom + self._px(20)
        if not self.link:
            return Box(whole.left, top, whole.width, whole.bottom - top)
        if self._upright:
            return Box(whole.left, top, whole.width, self._side.top - self._px(30) - top)
        return Box(whole.left, top, whole.width - self._side.width - self._px(40), whole.bottom - top)


def face_badge(face: Face, side: int) -> Image.Image:
    """A player's animal on a disc of the player's colour."""
    badge = Image.new("RGBA", (side, side))
    ImageDraw.Draw(badge).ellipse((0, 0, side - 1, side - 1), fill=face.colour)
    size = round(side * EMOJI_SHARE)
    draw_block(
        badge,
        Block(EMOJI[face.animal], side, size, bold=False),
        Box(0, 0, side, side),
        fill=INK,
        align="center",
        middle=True,
    )
    return badge
