"""Moments as people and machines write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from server.db import to_ms
from server.errors import Invalid
from server.years import in_reach
from server.zones import zone_or_utc

MOST_MS = 10**14


class BadMoment(Invalid):
    """This is no moment. Write it like 2026-03-02T12:00:00+08:00, or as milliseconds since 1970."""


def moment_of(text: str, *, zone: str) -> int:
    """Milliseconds UTC. A text without an offset is a time in `zone`."""
    try:
        if text.isascii() and text.isdecimal():
            at = datetime.fromtimestamp(min(int(text), MOST_MS) / 1000, ZoneInfo("UTC"))
            in_reach(at)
            return int(text)
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)  # a + that was not escaped
        in_reach(at)
        return to_ms(at if at.tzinfo else at.replace(tzinfo=zone_or_utc(zone)))
    except (ValueError, OverflowError) as error:
        raise BadMoment from error
