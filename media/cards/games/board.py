"""The board of a game on the screen: what all kinds of games show.

A board knows no clock. It is given the state that the referee sends and the seconds that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from PIL import Image, ImageDraw

from media.cards.games.lanes import Lanes, Measures, with_product
from media.cards.games.look import BoardLook, on_plate
from media.cards.games.patches import Patch
from media.cards.layout import INK, SIZE, STRIP_SHARE, scaled
from media.cards.lettering import Block, Box, draw_block, fit_or_cut
from media.cards.qr import qr_plate
from media.games.faces import EMOJI, Face, face_of

TITLE_SIZES, SMALL_SIZES = (84, 72, 62, 54, 46), (52, 46, 40, 34, 28)
PROOF_SIZE = 26  # to be photographed, not to be read from afar
EMOJI_SHARE = 0.74  # of the disc behind it
POSTER_FACES = 12
ATTRACT_LANES = 5
CROSSING_MS = (9000, 12_000, 10_500, 13_500, 11_000)  # of the runners that invite: slow, and each at its own pace
AHEAD_AT_FIRST = (0.55, 0.3, 0.7, 0.42, 0.18)  # of their way, so that they do not start in a line
WORDS = {
    "zh": {
        "join": "扫码加入",
        "attract": "扫码来玩，来当第一个！",
        "next": "现在扫码，下一场一起玩！",
        "players": "{n} 人已加入",
        "promise": "抽奖承诺 SHA-256：{digits}",
        "seed": "抽奖种子：{digits}",
    },
    "en": {
        "join": "Scan to play",
        "attract": "Scan and play. Be the first!",
        "next": "Scan now and play the next one!",
        "players": "{n} joined",
        "promise": "The draw's promise, SHA-256: {digits}",
        "seed": "The draw's seed: {digits}",
    },
}


@dataclass(frozen=True)
class GameWords:
    """The advertiser's words on the board, in the screen's language."""

    title: str
    prize: str = ""


@dataclass
class GameBoard:
    """A game on a screen of `size` pixels. `link` is the page that phones open; without it no code is drawn."""

    words: GameWords
    link: str = ""
    size: tuple[int, int] = SIZE
    language: str = "zh"
    look: BoardLook = field(default_factory=BoardLook)
    _still: Image.Image = field(init=False)  # what never changes
    _ground: Image.Image = field(init=False)  # what does not change in this view
    _strollers: Lanes | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._unit = min(self.size) / SIZE[1]
        self._still = self._draw_still()
        self._ground = self._still

    # --- joining

    def poster(self) -> Image.Image:
        """The game as a still: for its preview, and for a screen that cannot draw more."""
        picture, box = self._drawn_ground(), self._field
        if self.look.product is not None:
            shown = on_plate(self.look.product, box.width, round(box.height * 0.62))
            picture.paste(shown, (box.left + (box.width - shown.width) // 2, box.top), shown)
            top = box.top + shown.height + self._px(24)
            box = Box(box.left, top, box.width, box.bottom - top)
        self._draw_faces(picture, box, POSTER_FACES)
        return picture

    def lobby(self, joined: int, seconds: int, promise: str = "") -> Image.Image:
        """The phones that joined so far, and when the play begins. promise: of the seed, where the prize is drawn"""
        picture, self._ground = self._drawn_ground(), self._still
        self._draw_countdown(picture, seconds)
        room = self._draw_proof(picture, "promise", promise)
        box = self._below_heading(picture, WORDS[self.language]["players"].format(n=joined), room)
        self._draw_faces(picture, self._draw_product_beside(picture, box), joined)
        return picture

    def _below_heading(self, picture: Image.Image, line: str, box: Box) -> Box:
        """Draw a heading into the box; returns what is left of it."""
        head = fit_or_cut(line, box.width, round(box.height * 0.2), sizes=scaled(TITLE_SIZES, self._unit))
        top = draw_block(picture, head, box, fill=self.look.colours.text) + self._px(20)
        return Box(box.left, top, box.width, box.bottom - top)

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

    # --- nobody has joined

    def attract(self, seconds: int, *, is_open: bool) -> Image.Image:
        """An invitation, with lanes on which runners stroll (`strolled`). is_open: one can still join this game"""
        self._ground = self._drawn_ground()
        line = WORDS[self.language]["attract" if is_open else "next"]
        self._strollers = self._lay_lanes(self._below_heading(self._ground, line, self._field), ATTRACT_LANES)
        picture = self._strollers.start(self._runners(ATTRACT_LANES, self._strollers), outside=True)
        self._draw_countdown(picture, seconds)
        return picture

    def strolled(self, elapsed_ms: int) -> list[Patch]:
        """The runners by themselves, along their lanes again and again. elapsed_ms: of any clock"""
        if self._strollers is None:
            return []
        parts = (ahead + elapsed_ms / crossing for ahead, crossing in zip(AHEAD_AT_FIRST, CROSSING_MS, strict=True))
        return [patch for lane, part in enumerate(parts) for patch in self._strollers.pass_by(lane, part)]

    def _lay_lanes(self, box: Box, number: int) -> Lanes:
        """Lanes on the ground of this view."""
        measures = Measures(line=max(2, self._px(4)), finish=max(3, self._px(10)), gap=self._px(4))
        return Lanes(self._ground, box, number, self.look, measures)

    def _runners(self, number: int, lanes: Lanes) -> list[Image.Image]:
        """Of the first seats: their badges, with the advertiser's product."""
        side = min(lanes.runner_height, self._px(140))
        badges = (face_badge(face_of(seat), side) for seat in range(number))
        return [with_product(badge, self.look.product, self._px(6)) for badge in badges]

    # --- the result

    def podium(self, places: Sequence[Sequence[int]], prize: str, seed: str = "") -> Image.Image:
        """The best three, each the seats of one lane, and who gets the prize. seed: where the prize was drawn"""
        picture, self._ground = self._drawn_ground(), self._still
        field_ = self._draw_product_beside(picture, self._draw_proof(picture, "seed", seed))
        top = field_.top
        for place, seats in enumerate(places[:3]):
            side = self._px((240, 170, 140)[place])
            self._draw_place(picture, Box(field_.left, top, field_.width, side), place, seats)
            top += side + self._px(16)
        if prize and top < field_.bottom:
            rest = Box(field_.left, top, field_.width, field_.bottom - top)
            block = fit_or_cut(prize, rest.width, rest.height, sizes=scaled(SMALL_SIZES, self._unit), bold=True)
            draw_block(picture, block, rest, fill=self.look.colours.accent)
        return picture

    def _draw_product_beside(self, picture: Image.Image, box: Box) -> Box:
        """Draw the product in the right third of the box, on a wide screen; returns what is left of the box."""
        if self.look.product is None or self._upright:
            return box
        width = box.width // 3
        shown = on_plate(self.look.product, width, round(box.height * 0.7))
        left = box.left + box.width - width + (width - shown.width) // 2
        picture.paste(shown, (left, box.top + (box.height - shown.height) // 2), shown)
        return Box(box.left, box.top, box.width - width - self._px(30), box.height)

    def _draw_place(self, picture: Image.Image, box: Box, place: int, seats: Sequence[int]) -> None:
        number = fit_or_cut(str(place + 1), box.height, box.height, sizes=[round(box.height * 0.6)], bold=True)
        square = Box(box.left, box.top, box.height, box.height)
        draw_block(picture, number, square, fill=self.look.colours.accent, middle=True)
        left = box.left + box.height
        for seat in seats[: max(1, (box.width - box.height) // box.height)]:
            badge = face_badge(face_of(seat), box.height)
            picture.paste(badge, (left, box.top), badge)
            left += box.height

    def _draw_proof(self, picture: Image.Image, word: str, digits: str) -> Box:
        """The promise or the seed of a draw at the bottom; returns the room above it."""
        field_ = self._field
        if not digits:
            return field_
        text = WORDS[self.language][word].format(digits=" ".join(wrap(digits, 16)))
        block = Block(text, field_.width, self._px(PROOF_SIZE), bold=False)
        top = field_.bottom - block.height
        draw_block(picture, block, Box(field_.left, top, field_.width, block.height), fill=self.look.colours.soft)
        return Box(field_.left, field_.top, field_.width, top - self._px(12) - field_.top)

    # --- the ground

    def _drawn_ground(self) -> Image.Image:
        """The background with logo, title, code and the advertiser's prize, to draw on."""
        return self._still.copy()

    def _draw_still(self) -> Image.Image:
        picture = self.look.ground(self.size)
        head = self._draw_logo(picture, self._head)
        title = fit_or_cut(self.words.title, head.width, head.height, sizes=scaled(TITLE_SIZES, self._unit), bold=True)
        draw_block(picture, title, head, fill=self.look.colours.accent, middle=True)
        if self.link:
            self._draw_join(picture)
        return picture

    def _draw_logo(self, picture: Image.Image, head: Box) -> Box:
        """At the left of the title; returns what is left of its box."""
        if self.look.logo is None:
            return head
        logo = on_plate(self.look.logo, head.width // 3, head.height - self._px(20))
        picture.paste(logo, (head.left, head.top + (head.height - logo.height) // 2), logo)
        used = logo.width + self._px(36)
        return Box(head.left + used, head.top, head.width - used, head.height)

    def _draw_join(self, picture: Image.Image) -> None:
        box = self._side
        side = min(box.width, round(box.height * 0.62))
        picture.paste(qr_plate(self.link, side), (box.left + (box.width - side) // 2, box.top))
        rest = Box(box.left, box.top + side + self._px(16), box.width, box.height - side - self._px(16))
        join = fit_or_cut(
            WORDS[self.language]["join"], rest.width, rest.height // 2, sizes=scaled(SMALL_SIZES, self._unit), bold=True
        )
        top = draw_block(picture, join, rest, fill=self.look.colours.text, align="center") + self._px(10)
        if self.words.prize:
            below = Box(rest.left, top, rest.width, rest.bottom - top)
            prize = fit_or_cut(self.words.prize, below.width, below.height, sizes=scaled(SMALL_SIZES, self._unit))
            draw_block(picture, prize, below, fill=self.look.colours.soft, align="center")

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
        draw_block(picture, block, box, fill=self.look.colours.text, align="center", middle=True)

    # --- the layout, of a wide or an upright screen

    def _px(self, of_1080: int) -> int:
        return round(of_1080 * self._unit)

    @property
    def free_area(self) -> tuple[int, int]:
        """Width and height of the part at the left and above that the code does not touch."""
        return self._field.left + self._field.width, self._field.bottom

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
