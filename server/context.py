"""The services that a request or a socket event uses: settings, engine, media store, availability query, Redis.

The web process and the media process each make one `Services` when they create their application.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from flask import current_app
from sqlalchemy import Engine
from sqlmodel import Session

from media.store import MediaStore
from server import db as database
from server.accounts.last_seen import LastSeen
from server.campaigns.selling import QueryAvailability
from server.coupons.codes.derive import coupon_keys
from server.games.previews import Previews
from server.games.referees import Referees
from server.http.readiness import Readiness
from server.redis_link import RedisLink
from server.settings import Settings


@dataclass(frozen=True)
class Services:
    """One for each application; `redis` only where several web processes share their counts and hints."""

    settings: Settings
    engine: Engine
    store: MediaStore
    query_availability: QueryAvailability
    redis: RedisLink | None = None
    readiness: Readiness = field(default_factory=Readiness)
    last_seen: LastSeen = field(default_factory=LastSeen)

    @cached_property
    def previews(self) -> Previews:
        """Of the games that are tried at this process."""
        return Previews(self.settings.secret_key)

    @cached_property
    def referees(self) -> Referees:
        """Of the games that are played at this process."""
        settings = self.settings
        return Referees(
            self.engine,
            secret_key=settings.secret_key,
            keys=coupon_keys(settings.secret_key),
            most_per_address=settings.people_at_screen,
        )


def services() -> Services:
    """The services of the application that answers the present request."""
    return cast(Services, current_app.extensions["liftcast"])


@contextmanager
def transaction(*, contended: bool = False) -> Iterator[Session]:
    """A transaction of this application's database; `contended` where many requests write the same row."""
    with database.transaction(services().engine, contended=contended) as db:
        yield db


@contextmanager
def reading(*, at_one_moment: bool = False, brief: bool = False) -> Iterator[Session]:
    """A read-only session of this application's database; the options are those of `db.reading`."""
    with database.reading(services().engine, at_one_moment=at_one_moment, brief=brief) as db:
        yield db
