"""The published versions of each day, against which plays are checked; and the plays that are not counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

REASONS = ("not_planned", "off_time", "overlap", "not_served", "unknown_item", "too_old", "malformed", "too_many")
AT_ONCE = 5000

Row = dict[str, Any]


def upgrade() -> None:
    published = op.create_table(
        "published_day",
        sa.Column("screen_id", sa.String(), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("slot_ms", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_published_day_screen_id")),
        sa.PrimaryKeyConstraint("screen_id", "starts_ms", "version", name=op.f("pk_published_day")),
    )
    op.create_index(op.f("ix_published_day_starts_ms"), "published_day", ["starts_ms"])
    op.create_index(op.f("ix_published_day_digest"), "published_day", ["digest"])
    _fill(published)
    op.create_table(
        "uncounted_plays",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("player_id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("reason", _reason(), nullable=False),
        sa.Column("plays", sa.BigInteger(), nullable=False),
        sa.Column("first_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("last_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uncounted_plays")),
        sa.UniqueConstraint(
            "player_id",
            "screen_id",
            "on",
            "campaign_id",
            "reason",
            name=op.f("uq_uncounted_plays_player_id_screen_id_on_campaign_id_reason"),
        ),
    )
    for column in ("on", "last_at"):
        op.create_index(op.f(f"ix_uncounted_plays_{column}"), "uncounted_plays", [column])
    op.add_column("play", sa.Column("planned_end_ms", sa.BigInteger(), nullable=True))
    op.add_column("play", sa.Column("uncounted", _reason(), nullable=True))


def downgrade() -> None:
    op.drop_column("play", "uncounted")
    op.drop_column("play", "planned_end_ms")
    op.drop_table("uncounted_plays")
    op.drop_table("published_day")


def _reason() -> sa.Enum:
    return sa.Enum(*REASONS, name="uncounted", native_enum=False, length=16)


def _fill(published: sa.Table) -> None:
    """The days of the versions that are held now, so that what boxes play by them counts."""
    part: list[Row] = []
    for row in _changed_days(op.get_bind()):
        part.append(row)
        if len(part) == AT_ONCE:
            op.bulk_insert(published, part)
            part = []
    if part:
        op.bulk_insert(published, part)


def _changed_days(connection: sa.Connection) -> Iterator[Row]:
    """A row where a version has another table for a day than the version before."""
    query = sa.text("SELECT screen_id, version, manifest FROM published_timeline ORDER BY screen_id, version")
    last: dict[tuple[str, int], tuple[object, ...]] = {}
    for screen_id, version, manifest in connection.execute(query.execution_options(yield_per=100)):
        read = json.loads(manifest) if isinstance(manifest, str) else manifest
        for day in read.get("days", ()):
            facts = (day["ends_ms"], read["slot_ms"], day["digest"])
            if last.get((screen_id, day["starts_ms"])) != facts:
                last[screen_id, day["starts_ms"]] = facts
                names = ("screen_id", "starts_ms", "version", "ends_ms", "slot_ms", "digest")
                yield dict(zip(names, (screen_id, day["starts_ms"], version, *facts), strict=True))
