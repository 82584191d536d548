"""Hints that a newer version exists: written with it, told by the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from media.wire.timeline import VersionHint
from server.db import post


def tell_version(db: Session, topic: str, screen_id: str, version: int, *, now: datetime) -> None:
    """To the player by this topic, and to the phones before the screen."""
    post(db, topic, screen_id, VersionHint(version=version).model_dump(), now=now)
    post(db, "stage", screen_id, VersionHint(version=version).model_dump(), now=now)
