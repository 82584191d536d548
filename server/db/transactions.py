"""Transactions that write, and sessions that only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from sqlalchemy import Engine
from sqlmodel import Session

from server.db.engine import Use
from server.db.errors import explained_errors
from server.db.write_queue import queue_of


@contextmanager
def transaction(engine: Engine, *, contended: bool = False) -> Iterator[Session]:
    """All or nothing. No network, no file and no subprocess inside.

    contended: many such transactions at once may wait for the same row; they leave turns to other writes

    Raises DatabaseBusy if the turn to write, or a lock, is not free within the engine's patience; DatabaseAway.
    """
    with explained_errors(), ExitStack() as turn, _WritingSession(engine, turn, contended=contended) as db, db.begin():
        yield db


class _WritingSession(Session):
    """Waits for its turn to write at its first statement: reading a file before it lets no other wait."""

    def __init__(self, engine: Engine, turn: ExitStack, *, contended: bool) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._turn, self._has_turn, self._contended = turn, False, contended

    def get_bind(self, *given: Any, **named: Any) -> Any:
        """Called before each connection is taken."""
        engine = super().get_bind(*given, **named)
        if not self._has_turn:
            self._turn.enter_context(queue_of(cast(Engine, engine)).turn(contended=self._contended))
            self._has_turn = True
        return engine


@contextmanager
def reading(engine: Engine, *, at_one_moment: bool = False, brief: bool = False) -> Iterator[Session]:
    """A session for reading only: it takes no write lock. Nothing may be changed in it.

    brief: each of its queries finds a few rows by an index, so that the gevent hub need not hand them to a thread
    at_one_moment: every query sees the database as the first one did, as is always so on SQLite
    """
    use = Use.READ_BRIEFLY if brief else Use.READ
    # On PostgreSQL, each query of a usual transaction sees a moment of its own: one without BEGIN and ROLLBACK is the
    # same at a third of the cost.
    isolation = {"isolation_level": "REPEATABLE READ" if at_one_moment else "AUTOCOMMIT"}
    options = isolation if engine.dialect.name == "postgresql" else {}
    with explained_errors():
        connection = engine.connect().execution_options(use=use, **options)
        with connection, Session(connection, expire_on_commit=False, autoflush=False) as db:
            yield db
