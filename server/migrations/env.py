"""Alembic's entry: always online, on the engine that `server.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine

from server import tables

engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=engine.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
