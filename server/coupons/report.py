"""Counts of each offer: claims by presence and by screen, redemptions live and static, reversals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from server.coupons.models import Claim, Merchant, Offer, Redemption, Reversal
from server.coupons.offers import offers_of
from server.zones import zone_or_utc


@dataclass(frozen=True)
class OfferReport:
    """Counts of one offer within some days; `by_screen` counts claims without a screen under the empty id."""

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
    db: Session, *, merchant_id: str | None = None, from_on: date | None = None, until_on: date | None = None
) -> list[OfferReport]:
    """One row for each offer, newest offer first; of one merchant, or of all.

    from_on, until_on: days by the clock of the offer's merchant, both included; None: no limit. So merchant, operator
    and a machine's key count an event on the same day. Each event counts at its own instant.
    """
    claims, redemptions, reversals = _Rows(), _Rows(), _Rows()
    for zone in db.exec(select(Merchant.zone).distinct()).all():
        of_zone = _Span(zone, from_on, until_on)
        claims.add(db.exec(_claims(of_zone)))
        redemptions.add(db.exec(_redemptions(of_zone)))
        reversals.add(db.exec(_reversals(of_zone)))
    return [
        OfferReport(
            offer=offer,
            by_presence=_sum_by(1, claims.of(offer)),
            by_screen=_sum_by(2, claims.of(offer)),
            by_how=_sum_by(1, redemptions.of(offer)),
            reversals=sum(row[-1] for row in reversals.of(offer)),
        )
        for offer in offers_of(db, merchant_id, also_archived=True)
    ]


@dataclass(frozen=True)
class _Span:
    """Days by the clock of one zone, for the offers of the merchants in it."""

    zone: str
    from_on: date | None
    until_on: date | None

    def conditions(self, at: Any) -> Iterator[Any]:
        merchants = select(Merchant.id).where(Merchant.zone == self.zone)
        yield col(Claim.offer_id).in_(select(Offer.id).where(col(Offer.merchant_id).in_(merchants)))
        if self.from_on is not None:
            yield at >= self._midnight(self.from_on)
        if self.until_on is not None:
            yield at < self._midnight(self.until_on + timedelta(days=1))

    def _midnight(self, on: date) -> datetime:
        return datetime.combine(on, time(), zone_or_utc(self.zone))


def _claims(span: _Span) -> Any:
    groups = (col(Claim.offer_id), col(Claim.presence), col(Claim.screen_id))
    return select(*groups, func.count()).where(*span.conditions(col(Claim.claimed_at))).group_by(*groups)


def _redemptions(span: _Span) -> Any:
    groups = (col(Claim.offer_id), col(Redemption.how))
    joined = select(*groups, func.count()).join(Claim, col(Claim.id) == col(Redemption.claim_id))
    return joined.where(*span.conditions(col(Redemption.redeemed_at))).group_by(*groups)


def _reversals(span: _Span) -> Any:
    joined = (
        select(col(Claim.offer_id), func.count())
        .join(Redemption, col(Redemption.claim_id) == col(Claim.id))
        .join(Reversal, col(Reversal.redemption_id) == col(Redemption.id))
    )
    return joined.where(*span.conditions(col(Reversal.reversed_at))).group_by(col(Claim.offer_id))


class _Rows:
    """Grouped counts, by offer."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = defaultdict(list)

    def add(self, rows: Iterable[Any]) -> None:
        for row in rows:
            self._rows[row[0]].append(row)

    def of(self, offer: Offer) -> list[Any]:
        return self._rows.get(offer.id, [])


def _sum_by(column: int, rows: Iterable[Any]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row[column] or ""] += row[-1]
    return counted
