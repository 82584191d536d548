"""Alembic's entry: always online, on the engine that `server.upkeep.migrate` hands over.

SQLite changes a table by building a new one and dropping the old one (https://www.sqlite.org/lang_altertable.html,
section 7). With foreign keys enforced the drop fails, or deletes the rows that refer to the table. So enforcement is
off while migrations run, and all references are checked before the commit.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, Engine

from server import tables


class DanglingReferences(RuntimeError):
    """A migration left rows that refer to rows that no longer exist. The database is unchanged."""


def set_foreign_keys(connection: Connection, *, enforced: bool) -> None:
    """SQLite ignores this pragma inside a transaction: it goes to the driver, past the engine's BEGIN."""
    driver_connection = connection.connection.driver_connection
    assert driver_connection is not None
    driver_connection.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")


def check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables_by_name = ", ".join(sorted({f"{child} -> {parent}" for child, _row, parent, _key in broken}))
        raise DanglingReferences(f"{len(broken)} rows refer to rows that do not exist: {tables_by_name}.")


def run_migrations(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transactional_ddl=True,  # SQLite can: the engine begins every transaction itself
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            check_references(connection)
    connection.commit()


engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection:
    on_sqlite = engine.dialect.name == "sqlite"
    if on_sqlite:
        set_foreign_keys(connection, enforced=False)
    try:
        run_migrations(connection)
    finally:
        if on_sqlite:
            connection.rollback()
            set_foreign_keys(connection, enforced=True)
