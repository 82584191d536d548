"""Allotments of screens in columns: a large network has half a million parts on a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 500


def upgrade() -> None:
    _rename("bookings", "columns", _in_columns)


def downgrade() -> None:
    _rename("columns", "bookings", _by_booking)


def _rename(old: str, new: str, changed: Callable[[Any], Any]) -> None:
    with op.batch_alter_table("allotment", schema=None) as batch_op:
        batch_op.alter_column(old, new_column_name=new, existing_type=sa.JSON(), existing_nullable=False)
    table = sa.table("allotment", sa.column("id", sa.String), sa.column(new, sa.JSON))
    connection = op.get_bind()
    ids = connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars().all()
    for first in range(0, len(ids), AT_ONCE):
        rows = connection.execute(sa.select(table).where(table.c.id.in_(ids[first : first + AT_ONCE]))).all()
        change = sa.update(table).where(table.c.id == sa.bindparam("of")).values({new: sa.bindparam("to")})
        connection.execute(change, [{"of": id_, "to": changed(value)} for id_, value in rows])


def _in_columns(bookings: list[Any]) -> list[Any]:
    """The ids stay: the same allotment has the same id in both layouts."""
    ordered = sorted(bookings, key=lambda one: one[0])
    part_of = [0]
    for one in ordered:
        part_of.append(part_of[-1] + len(one[3]))
    parts = [number for one in ordered for part in one[3] for number in part]
    return [*([one[n] for one in ordered] for n in range(3)), part_of, parts]


def _by_booking(columns: list[Any]) -> list[Any]:
    campaigns, wanted, whys, part_of, numbers = columns
    parts = [numbers[n : n + 3] for n in range(0, len(numbers), 3)]
    return [[campaign, wanted[n], whys[n], parts[part_of[n] : part_of[n + 1]]] for n, campaign in enumerate(campaigns)]
