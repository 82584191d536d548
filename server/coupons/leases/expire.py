"""expire_leases: pieces whose lease and claim have both expired return; what is long over is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from server.coupons.leases.stock import put_back
from server.coupons.models import Lease, LeasedClaim, LeasedState

# A box that was away for so long after its claims expired is answered that it has no such claims.
KEPT_FOR = timedelta(days=60)


def expire_leases(db: Session, *, now: datetime) -> int:
    """Returns how many pieces returned to the stock. A box that is away may have handed them out, so a lease that is
    over is not enough: a phone could still come to a till with one of its claims."""
    over = select(Lease.id).where(col(Lease.expires_at) <= now)
    expired = (
        col(LeasedClaim.state) == LeasedState.LEASED,
        col(LeasedClaim.expires_at) <= now,
        col(LeasedClaim.lease_id).in_(over),
    )
    offers = sorted(db.exec(select(LeasedClaim.offer_id).where(*expired).distinct()))
    returned = [_return(db, offer_id, expired, now=now) for offer_id in offers]
    _forget(db, now=now)
    return sum(returned)


def _return(db: Session, offer_id: str, expired: tuple, *, now: datetime) -> int:  # type: ignore[type-arg]
    won = db.exec(
        update(LeasedClaim)
        .where(col(LeasedClaim.offer_id) == offer_id, *expired)
        .values(state=LeasedState.RETURNED)
        .execution_options(synchronize_session=False)
    )
    put_back(db, offer_id, won.rowcount, now=now)
    return int(won.rowcount)


def _forget(db: Session, *, now: datetime) -> None:
    settled = (col(LeasedClaim.state) != LeasedState.LEASED, col(LeasedClaim.expires_at) < now - KEPT_FOR)
    db.exec(delete(LeasedClaim).where(*settled).execution_options(synchronize_session=False))
    in_use = select(LeasedClaim.lease_id)
    empty = (col(Lease.expires_at) < now - KEPT_FOR, col(Lease.id).not_in(in_use))
    db.exec(delete(Lease).where(*empty).execution_options(synchronize_session=False))
