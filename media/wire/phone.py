"""Phones: the stage that their page follows, and the coupons that they claim."""

from __future__ import annotations

from pydantic import Field

from media.wire.message import PROTOCOL, Message
from media.wire.timeline import Item, Override, Spot


class Stage(Message):
    """What a phone is given: some minutes of the timeline, and the last ten items. `zone` is the screen's."""

    protocol: int = PROTOCOL
    screen: str
    version: int
    now_ms: int
    until_ms: int
    spots: tuple[Spot, ...]
    past: tuple[Spot, ...]
    items: dict[str, Item]
    override: Override | None = None
    media_base: str
    zone: str = ""


class PhoneHello(Message):
    """Auth of a phone's socket: the code of the screen it looks at; empty on an offer's own page."""

    screen: str = Field(default="", max_length=12)


class StockHint(Message):
    offer: str
    left: int
