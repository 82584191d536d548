"""The board of a quiz: a question with its answers, and then which one is right and how many chose each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from media.cards.games.board import SMALL_SIZES, TITLE_SIZES, GameBoard
from media.cards.games.patches import Patch
from media.cards.layout import scaled
from media.cards.lettering import Box, draw_block, fit_or_cut
from media.wire.games import Question, Solution

TILE_RIGHT, INK_RIGHT = "#bfe8c9", "#06203f"  # in every look, for green is right everywhere
LETTERS = "ABCD"
WORDS = {
    "zh": {"number": "第 {n} 题，共 {of} 题", "answered": "{joined} 人中 {n} 人已回答"},
    "en": {"number": "Question {n} of {of}", "answered": "{n} of {joined} have answered"},
}


@dataclass
class QuizBoard(GameBoard):
    """One quiz. Questions and answers are in the screen's language, or in the other where it has none."""

    def question(
        self, questions: Sequence[Question], nth: int, seconds: int, solution: Solution | None = None
    ) -> Image.Image:
        """A question that phones can answer; with a solution, the right answer and how many phones chose each."""
        picture, self._ground = self._drawn_ground(), self._still
        self._draw_countdown(picture, seconds)
        number = WORDS[self.language]["number"].format(n=nth + 1, of=len(questions))
        self._draw_question(picture, number, questions[nth].text.within(self.language))
        answers = questions[nth].answers
        for answer, tile in enumerate(self._tiles(len(answers))):
            self._draw_tile(picture, tile, answer, answers[answer].within(self.language), solution)
        return picture

    def answered(self, number: int, joined: int) -> Patch:
        """How many phones have answered."""
        box = self._answered_box
        picture = self._ground.crop((box.left, box.top, box.left + box.width, box.bottom))
        text = WORDS[self.language]["answered"].format(n=number, joined=joined)
        block = fit_or_cut(text, box.width, box.height, sizes=scaled(SMALL_SIZES, self._unit))
        draw_block(picture, block, Box(0, 0, box.width, box.height), fill=self.look.colours.soft, middle=True)
        return Patch(box.left, box.top, picture)

    def _draw_question(self, picture: Image.Image, number: str, text: str) -> None:
        box = self._question_box
        head = fit_or_cut(number, box.width, round(box.height * 0.25), sizes=scaled(SMALL_SIZES, self._unit))
        top = draw_block(picture, head, box, fill=self.look.colours.soft) + self._px(8)
        rest = Box(box.left, top, box.width, box.bottom - top)
        block = fit_or_cut(text, rest.width, rest.height, sizes=scaled(TITLE_SIZES, self._unit), bold=True)
        draw_block(picture, block, rest, fill=self.look.colours.text)

    def _draw_tile(self, picture: Image.Image, box: Box, answer: int, text: str, solution: Solution | None) -> None:
        is_right = solution is not None and solution.right == answer
        colours = self.look.colours
        fill, ink = (TILE_RIGHT, INK_RIGHT) if is_right else (colours.track, colours.text)
        corners = (box.left, box.top, box.left + box.width, box.bottom)
        ImageDraw.Draw(picture).rounded_rectangle(corners, radius=self._px(18), fill=fill)
        side = min(box.height, self._px(110))
        sign = "✓" if is_right else LETTERS[answer]
        at = Box(box.left, box.top, side, box.height)
        mark = fit_or_cut(sign, side, box.height, sizes=[round(side * 0.6)], bold=True)
        draw_block(picture, mark, at, fill=ink if is_right else colours.accent, align="center", middle=True)
        end = self._draw_votes(picture, box, ink, solution, answer)
        words = Box(box.left + side, box.top, end - box.left - side, box.height)
        block = fit_or_cut(text, words.width, words.height, sizes=scaled(SMALL_SIZES, self._unit), bold=True)
        draw_block(picture, block, words, fill=ink, middle=True)

    def _draw_votes(self, picture: Image.Image, box: Box, ink: str, solution: Solution | None, answer: int) -> int:
        """Returns where the answer's text has to end."""
        right = box.left + box.width - self._px(12)
        if solution is None:
            return right
        side = self._px(90)
        votes = fit_or_cut(str(solution.votes[answer]), side, box.height, sizes=[self._px(52)], bold=True)
        draw_block(picture, votes, Box(right - side, box.top, side, box.height), fill=ink, align="center", middle=True)
        return right - side

    # --- the layout

    @property
    def _question_box(self) -> Box:
        whole = self._field
        return Box(whole.left, whole.top, whole.width, round(whole.height * 0.4))

    @property
    def _answered_box(self) -> Box:
        whole, height = self._field, self._px(64)
        return Box(whole.left, whole.bottom - height, whole.width, height)

    def _tiles(self, answers: int) -> Sequence[Box]:
        """One below the other on an upright screen, else in two columns."""
        box, gap = self._field, self._px(16)
        top, bottom = self._question_box.bottom + gap, self._answered_box.top - gap
        columns = 1 if self._upright else 2
        rows = -(-answers // columns)
        width, height = (box.width - gap * (columns - 1)) // columns, (bottom - top - gap * (rows - 1)) // rows
        height = min(height, self._px(190))
        return [
            Box(box.left + answer % columns * (width + gap), top + answer // columns * (height + gap), width, height)
            for answer in range(answers)
        ]
