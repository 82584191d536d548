"""The board of a game by its kind."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from media.cards.games.board import GameBoard, GameWords
from media.cards.games.custom_board import CustomBoard, pictures_of
from media.cards.games.custom_frames import CustomFrames
from media.cards.games.draw_board import DrawBoard
from media.cards.games.draw_frames import DrawFrames
from media.cards.games.frames import Frames
from media.cards.games.look import USUAL_LOOK, BoardLook
from media.cards.games.quiz_board import QuizBoard
from media.cards.games.quiz_frames import QuizFrames
from media.cards.games.race_board import RaceBoard
from media.cards.games.race_frames import RaceFrames
from media.cards.layout import SIZE
from media.games.phases import Phases
from media.wire.games import GameKind
from media.wire.timeline import GameCard

BOARDS: dict[GameKind, type[GameBoard]] = {
    GameKind.RACE: RaceBoard,
    GameKind.QUIZ: QuizBoard,
    GameKind.LUCKY_DRAW: DrawBoard,
    GameKind.CUSTOM: CustomBoard,
}


def frames_for(
    card: GameCard,
    phases: Phases,
    *,
    link: str,
    size: tuple[int, int],
    language: str,
    look: BoardLook = USUAL_LOOK,
    package: Path | None = None,
) -> Frames:
    """The frames of this game on a screen of `size` pixels; `phases` are of the screen's clock.

    package: where the files of a custom game are, if they are here
    """
    words = GameWords(card.call.within(language), card.prize.title if card.prize else "")
    match card.kind:
        case GameKind.RACE:
            return RaceFrames(RaceBoard(words, link, size, language, look), phases)
        case GameKind.QUIZ:
            return QuizFrames(QuizBoard(words, link, size, language, look), phases, questions=card.questions)
        case GameKind.LUCKY_DRAW:
            return DrawFrames(DrawBoard(words, link, size, language, look), phases)
        case GameKind.CUSTOM:
            pictures = pictures_of(package, card.pictures)
            return CustomFrames(CustomBoard(words, link, size, language, look, pictures), phases)


def poster_of(
    kind: GameKind, words: GameWords, *, language: str, size: tuple[int, int] = SIZE, look: BoardLook = USUAL_LOOK
) -> Image.Image:
    """The game as a still: for its preview, and for a screen whose board cannot be drawn."""
    return BOARDS[kind](words, size=size, language=language, look=look).poster()
