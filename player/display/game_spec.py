"""The instructions for a process that draws a game's board."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from media.wire.timeline import GameCard


class GameSpec(BaseModel):
    """The game, and the screen that it is on. `link` is in the code to scan; `language` is the screen's.

    pictures: the files of those of the card's look that are on this box, by name ·
    package: the file of a custom game, if it is here
    phases_ms: when the game starts, is played, shows its result, and ends, by CLOCK_MONOTONIC
    """

    model_config = ConfigDict(frozen=True)

    card: GameCard
    link: str
    language: str
    package: Path | None = None
    phases_ms: tuple[int, int, int, int]
    pictures: dict[str, str] = {}
