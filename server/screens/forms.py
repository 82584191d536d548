"""The fields of a screen as the console's form, the operators' API and an imported table send them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from server.screens.models import ScreenKind


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
