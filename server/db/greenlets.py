"""How a process whose requests are greenlets calls its database."""

from __future__ import annotations

from typing import Any

from gevent.lock import BoundedSemaphore

from server.db.engine import Concurrency
from server.db.gevent_sqlite import HubSqliteConnection, begin


def _connect_postgres(*args: Any, **kwargs: Any) -> Any:
    from server.db import gevent_postgres  # psycopg, which is not loaded where the database is SQLite

    return gevent_postgres.HubPostgresConnection.connect(*args, **kwargs)


# A writer that has the lock does not wait for the hub, so the next one finds the file free: several turns cost nothing,
# and with one turn alone each writer would wait until the hub has served every other request.
GREENLETS = Concurrency(
    BoundedSemaphore, HubSqliteConnection, begin, sqlite_writers=5, connect_postgres=_connect_postgres
)
