"""The outbox: pushes to sockets, written in the transaction of the change that they announce."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, insert
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, or_, select, update

from server.db.columns import id_field, instant_field, json_field, new_id
from server.db.dialect import on_postgres


class Topic(StrEnum):
    """The topics of pushes, as the column `outbox.topic` and the sockets' events have them, with their targets."""

    TIMELINE = "timeline"  # screen id: a new version of its timeline
    INTERRUPT = "interrupt"  # screen id: a new version because of an emergency
    STAGE = "stage"  # screen id: what its phones see changed
    STOCK = "stock"  # offer id; the number that is left is read when the push is sent
    COMMAND = "command"  # player id


class OutboxRow(SQLModel, table=True):
    """One push that is due; `live` reads, emits and deletes it. topic: a `Topic`"""

    __tablename__ = "outbox"

    id: str = id_field()
    topic: str = Field(max_length=40)
    target: str = Field(max_length=64)
    message: dict[str, Any] = json_field()
    created_at: datetime = instant_field()
    leased_until: datetime | None = instant_field(default=None, nullable=True, index=True)


# Statements of their own and not rows of the session: every claim posts one, and a flush costs three times as much. On
# PostgreSQL the row and the waking are one statement, for each one is a way to the database and back.
INSERT = insert(OutboxRow).values(
    {name: bindparam(name) for name in ("id", "topic", "target", "message", "created_at")}
)
INSERT_AND_WAKE = select_columns(func.pg_notify("liftcast_outbox", "")).add_cte(INSERT.cte("posted"))


def post(db: Session, topic: Topic, target: str, message: dict[str, Any], *, now: datetime) -> None:
    """Write a push into the outbox; readers are woken when the transaction commits."""
    row = {"id": new_id(), "topic": topic, "target": target, "message": message, "created_at": now}
    db.connection().execute(INSERT_AND_WAKE if on_postgres(db) else INSERT, row)


def lease_outbox(db: Session, *, now: datetime, most: int = 200, lease_s: int = 10) -> list[OutboxRow]:
    """Take due pushes in the order they were written; one that is not deleted within the lease is due again."""
    due = or_(col(OutboxRow.leased_until).is_(None), col(OutboxRow.leased_until) < now)
    oldest = select(OutboxRow.id).where(due).order_by(col(OutboxRow.id)).limit(most)
    until = now + timedelta(seconds=lease_s)
    take = update(OutboxRow).where(col(OutboxRow.id).in_(oldest), due).values(leased_until=until).returning(OutboxRow)
    return sorted(db.exec(take).scalars(), key=lambda row: row.id)
