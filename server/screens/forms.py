"""The fields of a screen as the console's form, the operators' API and an imported table send them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from server.errors import Invalid
from server.screens.models import ScreenKind
from server.screens.texts import COMMAS, COMMAS_OR_BLANKS

KINDS = {
    **dict.fromkeys(("car", "elevator", "lift", "轿厢", "电梯"), ScreenKind.CAR),
    **dict.fromkeys(("lobby", "大堂"), ScreenKind.LOBBY),
}
YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "1", "x", "是"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否"), False),
}


class NotYesNo(Invalid):
    """This is neither yes nor no. Write yes or no."""


class NotWholeNumber(Invalid):
    """This is not a whole number. Write digits alone, like 1920."""


class ScreenFields(BaseModel):
    """All that a person may change of a screen, except its name. `venues.py` checks what a type cannot.

    multipliers: impressions of a play, one number, or one for each hour of the day or of the week; none: 1
    multiplier_source: 0 unknown, 1 measurement vendor, 2 publisher, 3 exchange
    """

    kind: ScreenKind = ScreenKind.CAR
    tags: list[str] = []
    bank: str | None = None
    width: int = Field(1920, ge=16, le=16384)
    height: int = Field(1080, ge=16, le=16384)
    sound: bool = False
    strip: bool = True
    wifi: str | None = None
    multipliers: list[float] = []
    multiplier_source: int = 0
    multiplier_vendor: str = ""


class WrittenScreenFields(ScreenFields):
    """The same fields as text, for a form."""

    @field_validator("*", mode="before")
    @classmethod
    def _read_text(cls, text: str, info: ValidationInfo) -> Any:
        """Text that cannot be read stays as it is: the field's type refuses it in the words of a form."""
        try:
            return read_field(str(info.field_name), text)
        except Invalid:
            return text


def read_field(name: str, text: str) -> Any:
    """The value of a screen's field that is written as text; its range is not checked yet.

    Raises NotYesNo or NotWholeNumber, and ValueError for numbers that cannot be read.
    """
    return READERS[name](text) if name in READERS else text


def _read_kind(text: str) -> str:
    return KINDS.get(text.casefold(), text)


def _read_tags(text: str) -> list[str]:
    return [tag.strip() for tag in COMMAS.split(text) if tag.strip()]


def _read_whole_number(text: str) -> int:
    """Spreadsheets may write 1920.0 of a whole number."""
    number = re.fullmatch(r"(\d{1,9})(\.0+)?", text)
    if number is None:
        raise NotWholeNumber
    return int(number[1])


def _read_yes_no(text: str) -> bool:
    try:
        return YES_NO[text.casefold()]
    except KeyError as error:
        raise NotYesNo from error


def _read_numbers(text: str) -> list[float]:
    try:
        return [float(number) for number in COMMAS_OR_BLANKS.split(text) if number]
    except ValueError as error:
        raise ValueError("Write numbers with a point, and commas between them, like 0.5, 2.25, 3.") from error


READERS: dict[str, Callable[[str], Any]] = {
    "kind": _read_kind,
    "tags": _read_tags,
    "width": _read_whole_number,
    "height": _read_whole_number,
    "sound": _read_yes_no,
    "strip": _read_yes_no,
    "multipliers": _read_numbers,
}
