"""Tables of the network's allotment to each screen's day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, json_field


class Allotment(SQLModel, table=True):
    """One content of an allotment, under the digest of it; screens with equal allotments share the row.

    columns: five lists. The campaigns; the spots that each wants; why each gets fewer; the index of each campaign's
    first part, and at the end the number of parts; then first slot, end slot and spots of each part, in one flat list.
    """

    id: str = Field(primary_key=True, max_length=64)
    columns: list[Any] = json_field(list)
    created_at: datetime = instant_field()


class AllottedDay(SQLModel, table=True):
    """The allotment of a screen's bookings on a local day. The venue's plan puts the spots in order."""

    __tablename__ = "allotted_day"
    __table_args__ = (UniqueConstraint("screen_id", "on"),)

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id", index=True)
    on: date = Field(index=True)
    digest: str = Field(foreign_key="allotment.id", index=True, max_length=64)


class AllottedMark(SQLModel, table=True):
    """A random mark for each date, replaced with every write of that date's rows.

    A worker that finds its own mark knows that the rows are still the ones that it wrote.
    """

    __tablename__ = "allotted_mark"

    id: str = Field(primary_key=True, max_length=10)
    mark: str = Field(max_length=26)
