"""Time zones by name, as venues and merchants have them."""

from __future__ import annotations

from zoneinfo import ZoneInfo


def zone_or_utc(name: str) -> ZoneInfo:
    """UTC for a zone that this machine does not know: a list with many places must not fail because of one.

    The name was checked when it was typed, but a database moves to machines with other zones.
    """
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError):
        return ZoneInfo("UTC")
