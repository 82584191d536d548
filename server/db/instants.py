"""Instants: aware UTC datetimes, and integer milliseconds where bytes cross a border."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


def utc_ms() -> float:
    """Milliseconds UTC with their fractions, for answers to clock pings."""
    return time.time() * 1000


def to_ms(at: datetime) -> int:
    """Integer milliseconds UTC of an instant, exact."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
