"""Rounds: each time that somebody played a game on a screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field


class GameRound(SQLModel, table=True):
    """One game spot of one screen, once a phone has joined it.

    seed: of its draw, as hexadecimal digits; only its SHA-256 is shown before the end · snapshot: the referee's memory,
    with the ids of the phones; empty once the round is settled · saved_at: when it was written
    referee: the web process whose referee it is, by a name of its own; only this one saves and settles the round
    result: standings, winners of prizes, entrants of the draw; of a draw also who was drawn, by which rule
    """

    __tablename__ = "game_round"
    __table_args__ = (UniqueConstraint("screen_id", "starts_at"),)

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id")
    starts_at: datetime = instant_field(index=True)
    length_ms: int
    creative_id: str = Field(foreign_key="creative.id", index=True)
    campaign_id: str | None = Field(default=None, max_length=26, index=True)
    seed: str = Field(max_length=64)
    snapshot: str = ""
    referee: str = Field(default="", max_length=26)
    saved_at: datetime = instant_field()
    settled_at: datetime | None = instant_field(default=None, nullable=True)
    joined: int = 0
    played: int = 0
    finished: int = 0
    prizes: int = 0
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON)
