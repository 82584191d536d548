"""What every view may reach: settings, engine and media store of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from sqlalchemy import Engine
from sqlmodel import Session

from media.store import MediaStore
from server import db as database
from server.campaigns.availability_messages import AvailabilityAnswer, AvailabilityQuery
from server.redis_link import RedisLink
from server.settings import Settings
from server.web.last_seen import LastSeen
from server.web.readiness import Readiness


@dataclass(frozen=True)
class House:
    """Made once by `create_app`."""

    settings: Settings
    engine: Engine
    store: MediaStore
    ask_desk: Callable[[AvailabilityQuery], AvailabilityAnswer]
    redis: RedisLink | None = None
    readiness: Readiness = field(default_factory=Readiness)
    last_seen: LastSeen = field(default_factory=LastSeen)


def house() -> House:
    return cast(House, current_app.extensions["liftcast"])


@contextmanager
def transaction(*, contended: bool = False) -> Iterator[Session]:
    with database.transaction(house().engine, contended=contended) as db:
        yield db


@contextmanager
def reading() -> Iterator[Session]:
    with database.reading(house().engine) as db:
        yield db
