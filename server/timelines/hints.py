"""Hints that a newer version of a timeline exists, posted into the outbox with the version."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from media.wire.timeline import VersionHint
from server.db import Topic, post


def post_version(db: Session, topic: Topic, screen_id: str, version: int, *, now: datetime) -> None:
    """A hint to the screen's player under this topic, and one to the phones before the screen."""
    hint = VersionHint(version=version).model_dump()
    post(db, topic, screen_id, hint, now=now)
    post(db, Topic.STAGE, screen_id, hint, now=now)
