"""When sessions were last seen: noted in memory by requests, written now and then, so that a request only reads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

from sqlalchemy import Engine

from server.accounts.models import PersonSession
from server.accounts.sessions import SEEN_EVERY, record_seen
from server.db import transaction
from server.db.errors import DATABASE_ERRORS

logger = logging.getLogger(__name__)

WRITE_EVERY_S = 30


class LastSeen:
    """Sessions of this process that were seen since the last write; what a crash loses is half a minute of it."""

    def __init__(self) -> None:
        self.seen: dict[str, datetime] = {}

    def note(self, session: PersonSession, now: datetime) -> None:
        """Each session is written at most every `SEEN_EVERY`."""
        if now - session.last_seen_at >= SEEN_EVERY:
            self.seen[session.id] = now

    def write(self, engine: Engine) -> None:
        seen, self.seen = self.seen, {}
        if not seen:
            return
        try:
            with transaction(engine) as db:
                record_seen(db, seen)
        except DATABASE_ERRORS as error:  # their next requests note them again
            logger.warning("sessions seen not written sessions=%d why=%s", len(seen), error)


def keep_last_seen(last_seen: LastSeen, engine: Engine, sleep: Callable[[float], object]) -> NoReturn:
    while True:
        sleep(WRITE_EVERY_S)
        last_seen.write(engine)
