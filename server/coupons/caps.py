"""How many coupons of one offer may be claimed at one screen: no more than people can stand there.

A picture of the strip's code spreads in seconds, and anyone who has it can claim as one phone after the other. So
claims are counted by the token that the strip showed for five minutes, and by the hour. Only written claims count, and
a phone that has its coupon already is not counted again.

The caps derive from `people`: how many can stand at once where the strip's code can be read. With 40 (some 20 m² of
lobby at two a square metre, as people wait in a queue: Fruin 1971, level of service D), one token serves 60: all of
them, and half as many who arrive within its five minutes; those who arrive later scan the next one. An hour serves 240:
the lobby fills anew every ten minutes. Where more gather, the network's owner sets `people_at_screen`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, SQLModel

from media.presence import NEW_EVERY_MS
from server.coupons.models import Claim, ScreenClaims
from server.db import from_ms, on_postgres, to_ms
from server.errors import LiftcastError

HOUR = timedelta(hours=1)


class CodeUsedUp(LiftcastError):
    """As many of this coupon were claimed with this code as people can stand at the screen.

    Scan the code on the screen again: it changes every five minutes.
    """

    status = 429


class ScreenUsedUp(LiftcastError):
    """As many of this coupon were claimed at this screen within the hour as people can stand there.

    Claim it later, or at another screen that shows it.
    """

    status = 429


class Span(StrEnum):
    """Claims that are counted together: with one token, or of one hour."""

    TOKEN = "token"  # noqa: S105  a word, no secret
    HOUR = "hour"


@dataclass(frozen=True)
class ClaimCaps:
    """The most claims of one offer at one screen."""

    per_token: int
    per_hour: int


def caps_for(people: int) -> ClaimCaps:
    """`people`: how many can stand before a screen at once."""
    return ClaimCaps(per_token=people + people // 2, per_hour=6 * people)


def count_at_screen(db: Session, claim: Claim, *, token_ms: int, caps: ClaimCaps) -> None:
    """Count a claim that was just written; `token_ms`: from when on the strip showed its token.

    Raises CodeUsedUp or ScreenUsedUp, with the seconds after which another try may do better.
    """
    if not _count_one(db, claim, Span.TOKEN, from_ms(token_ms), most=caps.per_token):
        raise CodeUsedUp(retry_after_s=_seconds_until(from_ms(token_ms + NEW_EVERY_MS), claim.claimed_at))
    count_in_hour(db, claim, caps=caps)


def count_in_hour(db: Session, claim: Claim, *, caps: ClaimCaps) -> None:
    """Count a claim that was just written, where no token was shown: at a box. Raises ScreenUsedUp."""
    hour = claim.claimed_at.replace(minute=0, second=0, microsecond=0)
    if not _count_one(db, claim, Span.HOUR, hour, most=caps.per_hour):
        raise ScreenUsedUp(retry_after_s=_seconds_until(hour + HOUR, claim.claimed_at))


def _count_one(db: Session, claim: Claim, span: Span, starts_at: datetime, *, most: int) -> bool:
    """One statement counts and decides; False if the cap is reached."""
    row = ScreenClaims(
        id=f"{claim.offer_id}:{claim.screen_id}:{span[0]}{to_ms(starts_at) // 1000}",
        offer_id=claim.offer_id,
        screen_id=claim.screen_id or "",
        span=span,
        starts_at=starts_at,
        first_at=claim.claimed_at,
        last_at=claim.claimed_at,
        claims=1,
        most=most,
    )
    return db.connection().execute(_count_statement(on_postgres(db)), row.model_dump()).first() is not None


@cache
def _count_statement(postgres: bool) -> Any:
    """Built once: building the statement costs more than running it."""
    table = SQLModel.metadata.tables["screen_claims"]
    given = (postgres_insert if postgres else sqlite_insert)(table)
    counted = {"claims": table.c.claims + 1, "last_at": given.excluded.last_at, "most": given.excluded.most}
    room = table.c.claims < given.excluded.most
    return given.on_conflict_do_update(index_elements=["id"], set_=counted, where=room).returning(table.c.claims)


def _seconds_until(at: datetime, now: datetime) -> int:
    return max(1, -(-(at - now) // timedelta(seconds=1)))
