"""Columns that all tables share: ids, instants, JSON and words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Any

from sqlalchemy import DateTime, Enum, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TypeDecorator
from sqlmodel import Field, SQLModel
from ulid import ULID

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite stores no zone, so it is added on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant must know its zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id() -> str:
    """A ULID: 26 characters, sortable by the time it was made."""
    return str(ULID())


def ids_from(first: str) -> Iterator[str]:
    """`first` and the ids that follow it: nobody else's, as the last 80 bits of `first` are random."""
    return (str(ULID.from_int(number)) for number in count(int(ULID.from_str(first))))


def id_field() -> Any:
    return Field(default_factory=new_id, primary_key=True, max_length=26)


def instant_field(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


def json_field(default_factory: Callable[[], Any] = dict) -> Any:
    return Field(default_factory=default_factory, sa_type=JSON)


def word_field(words: type[StrEnum], **more: Any) -> Any:
    """A column for the words of an enum, as plain text: a new word needs no migration."""
    kind = Enum(words, native_enum=False, length=16, values_callable=lambda known: [word.value for word in known])
    return Field(sa_type=kind, **more)
