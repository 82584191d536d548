"""What became of each offer: claims by presence and by screen, redemptions live and static, reversals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from server.coupons.models import Claim, Offer, Redemption, Reversal
from server.coupons.offers import offers_of


@dataclass(frozen=True)
class OfferReport:
    """Counts of one offer within a span; `by_screen` counts claims without a screen under the empty id."""

    offer: Offer
    by_presence: Counter[str] = field(default_factory=Counter)
    by_screen: Counter[str] = field(default_factory=Counter)
    by_how: Counter[str] = field(default_factory=Counter)
    reversals: int = 0

    @property
    def claims(self) -> int:
        return self.by_presence.total()

    @property
    def redemptions(self) -> int:
        return self.by_how.total()


def offer_reports(
    db: Session, *, merchant_id: str | None = None, from_at: datetime, until_at: datetime
) -> list[OfferReport]:
    """One row an offer, newest offer first; each event counts at its own instant, `until_at` not included."""
    claims = _counts(db, _claims(from_at, until_at))
    redemptions = _counts(db, _redemptions(from_at, until_at))
    reversals = _counts(db, _reversals(from_at, until_at))
    return [
        OfferReport(
            offer=offer,
            by_presence=_sum_by(1, claims.get(offer.id, [])),
            by_screen=_sum_by(2, claims.get(offer.id, [])),
            by_how=_sum_by(1, redemptions.get(offer.id, [])),
            reversals=sum(row[-1] for row in reversals.get(offer.id, [])),
        )
        for offer in offers_of(db, merchant_id)
    ]


def _claims(from_at: datetime, until_at: datetime) -> Any:
    within = (col(Claim.claimed_at) >= from_at, col(Claim.claimed_at) < until_at)
    groups = (col(Claim.offer_id), col(Claim.presence), col(Claim.screen_id))
    return select(*groups, func.count()).where(*within).group_by(*groups)


def _redemptions(from_at: datetime, until_at: datetime) -> Any:
    within = (col(Redemption.redeemed_at) >= from_at, col(Redemption.redeemed_at) < until_at)
    groups = (col(Claim.offer_id), col(Redemption.how))
    joined = select(*groups, func.count()).join(Claim, col(Claim.id) == col(Redemption.claim_id))
    return joined.where(*within).group_by(*groups)


def _reversals(from_at: datetime, until_at: datetime) -> Any:
    within = (col(Reversal.reversed_at) >= from_at, col(Reversal.reversed_at) < until_at)
    joined = (
        select(col(Claim.offer_id), func.count())
        .join(Redemption, col(Redemption.claim_id) == col(Claim.id))
        .join(Reversal, col(Reversal.redemption_id) == col(Redemption.id))
    )
    return joined.where(*within).group_by(col(Claim.offer_id))


def _counts(db: Session, query: Any) -> dict[str, list[Any]]:
    """The grouped rows by offer."""
    rows: dict[str, list[Any]] = {}
    for row in db.exec(query).all():
        rows.setdefault(row[0], []).append(row)
    return rows


def _sum_by(column: int, rows: Iterable[Any]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row[column] or ""] += row[-1]
    return counted
