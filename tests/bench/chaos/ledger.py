"""The answers that clients received, compared with the database: nothing lost or doubled. `compare` is pure.

A client repeats a request under the same key until it is settled, so at the end it knows the outcome of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import col, func, select

from server.coupons.models import Claim, Offer, Redemption
from server.db import reading
from server.plays.models import DeliveredDay, PlayRow


@dataclass
class Answers:
    """The outcomes that the clients know when all is quiet.

    plays: acknowledged ids · plays_waiting: shown, and never acknowledged · claims: claim id by key ·
    redemptions: redemption id by claim id · refused_claims: keys · refused_redemptions: claim ids
    """

    plays: set[str] = field(default_factory=set)
    plays_waiting: set[str] = field(default_factory=set)
    claims: dict[str, str] = field(default_factory=dict)
    redemptions: dict[str, str] = field(default_factory=dict)
    refused_claims: set[str] = field(default_factory=set)
    refused_redemptions: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Stored:
    """The same in the database.

    claims: (key, claim id) · redemptions: (claim id, redemption id) · redeemed: claims marked as used ·
    stock_taken: pieces that left the stocks · plays_counted: plays that count · plays_summed: the daily counts' sum
    """

    plays: frozenset[str] = frozenset()
    plays_counted: int = 0
    plays_summed: int = 0
    claims: tuple[tuple[str, str], ...] = ()
    stock_taken: int = 0
    redemptions: tuple[tuple[str, str], ...] = ()
    redeemed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """How many of each are lost and doubled."""

    lost: dict[str, int]
    doubled: dict[str, int]


def compare(answers: Answers, stored: Stored) -> Difference:
    """A piece that is taken and that no phone knows is lost; a row beyond the one that was answered is doubled."""
    lost = {
        "plays": len(answers.plays - stored.plays)
        + len(answers.plays_waiting - stored.plays)
        + max(0, stored.plays_counted - stored.plays_summed),
        "claims": _missing(answers.claims, stored.claims)
        + len(answers.refused_claims & {key for key, _ in stored.claims})
        + max(0, stored.stock_taken - len(stored.claims)),
        "redemptions": _missing(answers.redemptions, stored.redemptions)
        + len(answers.refused_redemptions & {claim for claim, _ in stored.redemptions})
        + len({claim for claim, _ in stored.redemptions} - stored.redeemed),
    }
    doubled = {
        "plays": max(0, stored.plays_summed - stored.plays_counted),
        "claims": _repeated(key for key, _ in stored.claims) + max(0, len(stored.claims) - stored.stock_taken),
        "redemptions": _repeated(claim for claim, _ in stored.redemptions),
    }
    return Difference(lost, doubled)


def read_stored(engine: Engine) -> Stored:
    """The whole database, which the clients of one run have filled."""
    with reading(engine, at_one_moment=True) as db:
        taken = select(func.coalesce(func.sum(col(Offer.stock) - col(Offer.stock_left)), 0))
        counted = select(func.count()).select_from(PlayRow).where(col(PlayRow.counts_for).is_not(None))
        return Stored(
            plays=frozenset(db.exec(select(PlayRow.id)).all()),
            plays_counted=db.exec(counted).one(),
            plays_summed=int(db.exec(select(func.coalesce(func.sum(DeliveredDay.plays), 0))).one()),
            claims=tuple(db.exec(select(Claim.idempotency_key, Claim.id)).all()),
            stock_taken=int(db.exec(taken).one()),
            redemptions=tuple(db.exec(select(Redemption.claim_id, Redemption.id)).all()),
            redeemed=frozenset(db.exec(select(Claim.id).where(col(Claim.redeemed_at).is_not(None))).all()),
        )


def _missing(answers: dict[str, str], stored: Iterable[tuple[str, str]]) -> int:
    return len(answers.items() - set(stored))


def _repeated(keys: Iterable[str]) -> int:
    return sum(count - 1 for count in Counter(keys).values())
