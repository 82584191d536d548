"""The only place that emits: reads the outbox, emits to the sockets, deletes the row.

A push is a hint. A hint that is sent twice, or lost with a killed process, does no harm: readers look at the
manifest and the stage. Rows of a killed process become due again after their lease. A command is no hint: it is sent
within its time or not at all, and the player's answer is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import gevent
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from media.wire.phone import StockHint
from media.wire.status import CommandAnswer
from server.coupons.offers import left_of
from server.db import OutboxRow, Topic, lease_outbox, reading, shared_now, transaction, utc_now
from server.db.errors import DATABASE_ERRORS
from server.db.wakeups import Wakeups
from server.live.rooms import offer_room, player_room, screen_room
from server.live.sockets import Sockets
from server.runtime.loops import run_forever
from server.screens.commands import ANSWER_WITHIN, record_answer
from server.screens.models import Player

logger = logging.getLogger(__name__)

REVOKED_LOOK_S = 1.0
STOPPED_WITHIN_S = 5.0
# An instant is older than its row: a revocation may have waited this long for its turn to be written.
WRITTEN_WITHIN = timedelta(minutes=2)
PLAYER_HINTS = (Topic.TIMELINE, Topic.INTERRUPT)


class Pusher:
    """Two greenlets of a web process: one for the outbox, one that puts revoked players out."""

    def __init__(self, engine: Engine, sockets: Sockets) -> None:
        self.engine = engine
        self.sockets = sockets
        self.wakeups = Wakeups(self.engine, "liftcast_outbox", sleep=gevent.sleep)
        self.greenlets: list[gevent.Greenlet] = []
        self.stopping = False

    def start(self) -> None:
        loops = {"outbox": self._push_for_ever, "revoked players": self._drop_for_ever}
        self.greenlets = [gevent.spawn(run_forever, name, loop, gevent.sleep) for name, loop in loops.items()]

    def stop(self) -> None:
        """The exception that ends a greenlet may arrive as an error of the database: then the loop ends by itself."""
        self.stopping = True
        gevent.killall(self.greenlets, timeout=STOPPED_WITHIN_S)
        self.wakeups.close()

    def push_due(self) -> int:
        """Push the rows that are due; returns their number."""
        if not self._anything_due():
            return 0
        with transaction(self.engine) as db:
            now = shared_now(db)
            rows = lease_outbox(db, now=now)
            feeders = _feeders(db, {row.target for row in rows if row.topic in PLAYER_HINTS})
            left = left_of(db, {row.target for row in rows if row.topic == Topic.STOCK})
        for row in worth_sending(rows):
            try:
                self._push(row, feeders, left, now)
            except Exception:  # else it would come again with each lease, and keep those behind it from their sockets
                logger.exception("push not sent topic=%s target=%s", row.topic, row.target)
        if rows:
            with transaction(self.engine) as db:
                db.exec(delete(OutboxRow).where(col(OutboxRow.id).in_([row.id for row in rows])))
        return len(rows)

    def _anything_due(self) -> bool:
        """A look takes no write lock, so that a quiet server never makes a writer wait."""
        with reading(self.engine, brief=True) as db:
            return db.exec(select(OutboxRow.id).limit(1)).first() is not None

    def _push_for_ever(self) -> None:
        while not self.stopping:
            try:
                if not self.push_due():
                    self.wakeups.wait()
            except DATABASE_ERRORS as error:
                logger.warning("outbox not read why=%s", error)
                gevent.sleep(1)

    def _push(self, row: OutboxRow, feeders: dict[str, list[str]], left: dict[str, int], now: datetime) -> None:
        emit = self.sockets.io.emit
        if row.topic in PLAYER_HINTS:
            for player_id in feeders.get(row.target, []):
                emit(row.topic, row.message, namespace="/player", to=player_room(player_id))
        elif row.topic == Topic.STAGE:
            emit("stage", row.message, namespace="/phone", to=screen_room(row.target))
        elif row.topic == Topic.STOCK and row.target in left:
            hint = StockHint(offer=row.target, left=left[row.target])
            emit("stock", hint.model_dump(), namespace="/phone", to=offer_room(row.target))
        elif row.topic == Topic.COMMAND and now - row.created_at <= ANSWER_WITHIN:
            heard = partial(self.on_answer, row.message["id"])
            emit("command", row.message, namespace="/player", to=player_room(row.target), callback=heard)

    def on_answer(self, command_id: str, *said: Any) -> None:
        """A player acknowledged: through Redis its word comes back here, whichever process holds its socket."""
        try:
            answer = CommandAnswer.model_validate(said[0] if said else None)
            with transaction(self.engine) as db:
                record_answer(db, command_id, answer, now=utc_now())
        except ValidationError:
            logger.warning("command answered by something else command=%s", command_id)
        except DATABASE_ERRORS as error:
            logger.warning("answer not stored command=%s why=%s", command_id, error)

    def _drop_for_ever(self) -> None:
        since: datetime | None = None
        while not self.stopping:
            gevent.sleep(REVOKED_LOOK_S)
            try:
                since = self.drop_revoked(since)
            except DATABASE_ERRORS as error:
                logger.warning("revoked players not read why=%s", error)

    def drop_revoked(self, since: datetime | None = None) -> datetime:
        """Close this process's sockets of players revoked since then, or lately.

        Returns the instant to look from next time. All are of the database's clock, on which processes agree.
        """
        with reading(self.engine, brief=True) as db:
            from_next_time = shared_now(db) - WRITTEN_WITHIN
            recent = col(Player.revoked_at) >= (since or from_next_time)
            revoked = db.exec(select(Player.id).where(recent)).all()
        for player_id in revoked:
            self._close_sockets_of(player_id)
        return from_next_time

    def _close_sockets_of(self, player_id: str) -> None:
        """The sockets are those in its room. The connection ends too: on an open one it could join again."""
        server = self.sockets.io.server
        for sid, connection in list(server.manager.get_participants("/player", player_room(player_id))):
            server.disconnect(sid, namespace="/player")
            self.sockets.gate.close(connection)
            logger.info("revoked player disconnected player=%s", player_id)


def worth_sending(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Of several hints about the same thing one is enough, that of the greatest version; every command is sent.

    The order of the rows says nothing: each process numbers its own by its own clock, before it writes them.
    """
    newest: dict[object, OutboxRow] = {}
    for row in rows:
        about = row.id if row.topic == Topic.COMMAND else (row.topic, row.target)
        if about not in newest or _version_of(row) > _version_of(newest[about]):
            newest[about] = row
    return list(newest.values())


def _version_of(row: OutboxRow) -> int:
    return int(row.message.get("version", 0))


def _feeders(db: Session, screen_ids: set[str]) -> dict[str, list[str]]:
    """The players that feed each screen now: a box that was moved hears of its new screen at once."""
    feeding = select(Player.screen_id, Player.id).where(col(Player.screen_id).in_(screen_ids))
    players: dict[str, list[str]] = {}
    for screen_id, player_id in db.exec(feeding.where(col(Player.revoked_at).is_(None))).all():
        players.setdefault(str(screen_id), []).append(player_id)
    return players
