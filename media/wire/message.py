"""The base of all messages, the protocol's number, and the bounded types that messages are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from media.characters import clean_text

PROTOCOL = 1
PROTOCOLS_SPOKEN = (1,)

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

# Messages of boxes and phones are bounded: a hostile one may send anything, and an honest one must not lose a message
# because a file's name or an error's text in it is long or odd. Names are refused, texts are cut and cleaned.
YEAR_2200_MS = 7_258_118_400_000
COLUMN_MOST = 2**31 - 1
Name = Annotated[str, Field(max_length=64, pattern=r"^[ -~]*$")]  # ids, in printable ASCII
Count = Annotated[int, Field(ge=0, le=COLUMN_MOST)]
Instant = Annotated[int, Field(ge=0, le=YEAR_2200_MS)]
Milliseconds = Annotated[float, Field(ge=-YEAR_2200_MS, le=YEAR_2200_MS)]  # neither NaN nor infinite


def text_of(most: int) -> BeforeValidator:
    """Cleans a text and cuts it to so many characters."""
    return BeforeValidator(lambda given: clean_text(given, most) if isinstance(given, str) else given)


def first_of(most: int) -> BeforeValidator:
    """Cuts a list to its first entries."""
    return BeforeValidator(lambda given: given[:most] if isinstance(given, (list, tuple)) else given)


Why = Annotated[str, text_of(300)]


class Message(BaseModel):
    """Base of all messages: frozen, and a reader ignores fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")
