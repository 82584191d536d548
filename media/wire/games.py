"""Games: what a phone sends to the referee of a game spot, and what the referee sends to the phones and the screen."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from media.wire.message import COLUMN_MOST, Instant, Message

MOST_QUESTIONS, MOST_CHOICES = 3, 4
NO_ANSWER = -1
NO_PICTURE = -1
LONGEST_TICKET = 200

Answer = Annotated[int, Field(ge=NO_ANSWER, lt=MOST_CHOICES)]


class GameKind(StrEnum):
    """The kinds of game: how phones play it."""

    RACE = "race"
    QUIZ = "quiz"
    LUCKY_DRAW = "lucky_draw"
    CUSTOM = "custom"


class PrizeFor(StrEnum):
    """The phones that get the prize of a game."""

    FIRST = "first"
    FIRST_THREE = "first_three"
    FINISHERS = "finishers"
    DRAWN = "drawn"


class GameRules(Message):
    """The rules by which the referee judges a game; its instants come from the timeline. No phone gets them.

    prize_for: None where it is played for fun · prizes: how many phones get one each time, at most
    one_in: of how many that are drawn one wins · right: the number of the right answer of each question of a quiz ·
    most_score, pictures: of a custom game, the highest score that counts and how many pictures it has for the screen
    """

    kind: GameKind
    prize_for: PrizeFor | None = None
    prizes: int = 0
    one_in: int = 1
    right: tuple[int, ...] = ()
    most_score: int = 0
    pictures: int = 0


class Phrase(Message):
    """The same words in both languages. Where one is empty, readers show the other."""

    zh: str = ""
    en: str = ""

    def within(self, language: str) -> str:
        """In this language, or in the other."""
        return (self.en or self.zh) if language.startswith("en") else (self.zh or self.en)


class GameColours(Message):
    """The colours of a game, each as `#rrggbb`. Words in `text`, `soft` and `accent` are readable on `ground`.

    track, line: of the lanes · on_accent: readable on `accent`
    """

    ground: str
    track: str
    line: str
    text: str
    soft: str
    accent: str
    on_accent: str


class Question(Message):
    """A question of a quiz, without its right answer. opens_after_ms, closes_after_ms: after the start of the spot"""

    text: Phrase
    answers: tuple[Phrase, ...]
    opens_after_ms: int
    closes_after_ms: int


class SeatRequest(Message):
    """A phone joins the game that starts at this instant; `presence` is the token of the screen's strip."""

    presence: Annotated[str, Field(max_length=64)] = ""


class SeatFace(Message):
    """An animal in a colour, the same on the screen and on the phone; `emoji` draws it."""

    animal: str
    emoji: str
    colour: str


class GameSeat(Message):
    """A phone's place in a game.

    promise: the SHA-256 of the seed of the draw · ticket: what the phone sends with its inputs
    over_socket: whether the socket of the phone's page carries inputs and states; else the phone sends requests
    """

    seat: int
    face: SeatFace
    promise: str
    ticket: str
    over_socket: bool = True


class GameInput(Message):
    """Everything that a phone has done in a game so far. Each message repeats it, so any message may be lost.

    spot: the instant at which the game's spot starts · answers: the choice for each question, −1 where none is made ·
    score, finished, board, picture: a custom game's own, untrusted; `picture` is a number of its list, −1 for none
    """

    spot: Instant
    taps: Annotated[int, Field(ge=0, le=COLUMN_MOST)] = 0
    answers: Annotated[tuple[Answer, ...], Field(max_length=MOST_QUESTIONS)] = ()
    score: Annotated[int, Field(ge=0, le=COLUMN_MOST)] = 0
    finished: bool = False
    board: Annotated[int, Field(ge=0, le=COLUMN_MOST)] = 0
    picture: Annotated[int, Field(ge=NO_PICTURE, le=COLUMN_MOST)] = NO_PICTURE


class SeatInput(GameInput):
    """The same as it is sent: with the ticket of the seat."""

    ticket: Annotated[str, Field(max_length=LONGEST_TICKET)]


class GamePlace(Message):
    """A player, or the players of one lane, in the result; the best first. `face` is of the first of them."""

    seats: tuple[int, ...]
    face: SeatFace
    points: int


class PlayerBoard(Message):
    """The mark beside a player of a custom game: a number or, from 0 on, one of the game's pictures."""

    seat: int
    number: int = 0
    picture: int = NO_PICTURE


class GameResult(Message):
    """winners: the seats that got a prize · without_prize: those that won one when the last was gone already

    seed: of the draw, as hexadecimal digits, for everyone to check · cut_short: the referee was away at the end, so the
    places were drawn among all that had joined
    """

    places: tuple[GamePlace, ...]
    winners: tuple[int, ...]
    without_prize: tuple[int, ...] = ()
    seed: str = ""
    cut_short: bool = False


class Solution(Message):
    """A question whose time is over: the number of its right answer, and how many phones chose each answer."""

    right: int
    votes: tuple[int, ...]


class GameState(Message):
    """How a game stands. It is sent some times a second while somebody plays, and never while nobody does.

    promise: the SHA-256 of the seed, where the prize is drawn · positions: of the lanes that run, in thousandths of the
    track · answered: how many phones have answered the open question of a quiz · solutions: of its questions so far ·
    boards: of the players of a custom game
    """

    spot: Instant
    joined: int
    promise: str = ""
    positions: tuple[int, ...] = ()
    answered: int = 0
    solutions: tuple[Solution, ...] = ()
    boards: tuple[PlayerBoard, ...] = ()
    result: GameResult | None = None
