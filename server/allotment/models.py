"""What the network's plan allots to each screen's day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, json_field


class Allotment(SQLModel, table=True):
    """What screens are allotted on a day, by the digest of its content: equal ones share it.

    columns: campaigns; of each the spots wanted, why there are fewer, and where its parts begin, and at last where they
    end; then first slot, end and spots of each part, one after the other.
    """

    id: str = Field(primary_key=True, max_length=64)
    columns: list[Any] = json_field(list)
    created_at: datetime = instant_field()


class AllottedDay(SQLModel, table=True):
    """What the network's plan gives a screen's bookings on a local day; the venue's plan puts it in order."""

    __tablename__ = "allotted_day"
    __table_args__ = (UniqueConstraint("screen_id", "on"),)

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id", index=True)
    on: date = Field(index=True)
    digest: str = Field(foreign_key="allotment.id", index=True, max_length=64)


class AllottedMark(SQLModel, table=True):
    """Raised anew by whoever writes of a day, by its date: who knows the mark of what it wrote knows that it stands."""

    __tablename__ = "allotted_mark"

    id: str = Field(primary_key=True, max_length=10)
    mark: str = Field(max_length=26)
