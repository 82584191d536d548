"""What a process that draws a game's board must know."""

from pydantic import BaseModel, ConfigDict


class GameSpec(BaseModel):
    """Title and prize in the screen's language. `link` is in the code to scan.

    phases_ms: when the game starts, is played, shows its result, and ends, by CLOCK_MONOTONIC
    """

    model_config = ConfigDict(frozen=True)

    title: str
    prize: str
    link: str
    language: str
    phases_ms: tuple[int, int, int, int]
