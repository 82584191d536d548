"""The timelines published to each screen, and the interrupts raised over it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, json_field


class PublishedTimeline(SQLModel, table=True):
    """One version of a screen's manifest. Players fetch the newest; older ones are stored while a player may use them.

    basis: by date, a digest of the input from which the day was planned; a day with the same input keeps its table
    """

    __tablename__ = "published_timeline"
    __table_args__ = (UniqueConstraint("screen_id", "version"),)

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id", index=True)
    version: int
    manifest: dict[str, Any] = json_field()
    etag: str = Field(max_length=64)
    published_at: datetime = instant_field()
    ends_at: datetime = instant_field(index=True)
    basis: dict[str, str] = json_field()


class PublishedDay(SQLModel, table=True):
    """The day table of a screen's local day in this version and the versions after it, until the day's next row.

    Plays are checked against these rows, so they outlive the versions (`published/days.py`).

    digest: of the day table, whose file stays in the store while a row names it
    """

    __tablename__ = "published_day"

    screen_id: str = Field(foreign_key="screen.id", primary_key=True)
    starts_ms: int = Field(sa_type=BigInteger, primary_key=True, index=True)
    version: int = Field(primary_key=True)
    ends_ms: int = Field(sa_type=BigInteger)
    slot_ms: int
    digest: str = Field(max_length=64, index=True)


class NetworkTrouble(SQLModel, table=True):
    """Why the network could not be allotted. The one row exists until an allotment succeeds."""

    __tablename__ = "network_trouble"

    id: str = Field(primary_key=True, max_length=16)
    failed_at: datetime = instant_field()
    trouble: str = Field(max_length=300)
    remedy: str = Field(default="", max_length=300)


class PlannedDay(SQLModel, table=True):
    """How many spots of an item the newest plan has on a screen's local day, and why fewer than were booked."""

    __tablename__ = "planned_day"
    __table_args__ = (UniqueConstraint("screen_id", "on", "campaign_id", "creative_id"),)

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id", index=True)
    on: date = Field(index=True)
    campaign_id: str = Field(max_length=26, index=True)
    creative_id: str = Field(max_length=26)
    booked: int
    planned: int
    why: str = Field(default="", max_length=12)


class RaisedInterrupt(SQLModel, table=True):
    """An emergency over one screen, a venue's screens, or (with neither) all, until it is lifted."""

    __tablename__ = "raised_interrupt"

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id")
    venue_id: str | None = Field(default=None, foreign_key="venue.id", index=True)
    screen_id: str | None = Field(default=None, foreign_key="screen.id", index=True)
    from_at: datetime = instant_field()
    until_at: datetime | None = instant_field(default=None, nullable=True)
    raised_by: str | None = Field(default=None, max_length=26)
    lifted_by: str | None = Field(default=None, max_length=26)

    @property
    def is_everywhere(self) -> bool:
        return self.venue_id is None and self.screen_id is None
