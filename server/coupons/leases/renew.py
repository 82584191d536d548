"""renew_leases: a box's leases after its request. Returned claims are in the stock again; missing ones are made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select, update

from media.wire.leases import MOST_OFFERS, LeaseRequest
from media.wire.phone import OfferStanding
from server.coupons.claims import TRIES
from server.coupons.codes.derive import CouponKeys, claim_hmacs
from server.coupons.leases.hand_outs import note_copy
from server.coupons.leases.size import busiest_days, size_for
from server.coupons.leases.stock import put_back, take_pieces
from server.coupons.models import Claim, Lease, LeasedClaim, LeasedState, Merchant, Offer
from server.coupons.validity import claim_expiry, offer_end, offer_standing
from server.db import insert_new, insert_once, new_id
from server.screens.models import Player

# A box that is away for a week goes on handing out. A lease is extended once a day, not with each request.
LASTS = timedelta(days=8)
EXTENDED_AFTER = timedelta(days=1)
# Two boxes that use one token would give the same claims to two phones.
NONE_AFTER_COPY = timedelta(days=1)
# A request that was under way while the box handed out a claim, and reported it, names the claim as unused.
LATE_REQUEST = timedelta(minutes=10)
LEASABLE = (OfferStanding.OPEN, OfferStanding.SOLD_OUT)


@dataclass(frozen=True)
class RenewedLease:
    """claims: those that the box does not hold yet"""

    lease: Lease
    offer: Offer
    merchant: Merchant
    claims: list[LeasedClaim]


@dataclass
class Renewal:
    """The answer to a box. give_back: claims that it should delete if no phone has them."""

    leases: list[RenewedLease] = field(default_factory=list)
    give_back: list[str] = field(default_factory=list)


def renew_leases(
    db: Session,
    player: Player,
    request: LeaseRequest,
    *,
    screen_id: str,
    offer_ids: Collection[str],
    keys: CouponKeys,
    now: datetime,
) -> Renewal:
    """offer_ids: the offers that the box's screen shows

    Offer after offer in one order, so that two boxes are never in a deadlock.
    """
    shown = set(sorted(offer_ids)[:MOST_OFFERS]) if not _was_copied(player, now) else set()
    renewal = Renewal()
    box = _Box(db, player, request, busiest=busiest_days(db, screen_id, now=now), keys=keys, now=now)
    for offer, merchant in _offers(db, player, shown):
        box.renew(offer, merchant, renewal, is_shown=offer.id in shown)
    return renewal


def _was_copied(player: Player, now: datetime) -> bool:
    return player.clone_at is not None and now - player.clone_at <= NONE_AFTER_COPY


def _offers(db: Session, player: Player, shown: set[str]) -> list[tuple[Offer, Merchant]]:
    """The offers that the box shows, and those of which it has leases."""
    leased = select(Lease.offer_id).where(Lease.player_id == player.id)
    query = select(Offer, Merchant).join(Merchant).where(or_(col(Offer.id).in_(shown), col(Offer.id).in_(leased)))
    return list(db.exec(query.order_by(col(Offer.id))).all())


class _Box:
    """One box's request. busiest: by offer, the claims at its screen on the busiest day"""

    def __init__(
        self, db: Session, player: Player, request: LeaseRequest, *, busiest: Mapping[str, int], keys: CouponKeys,
        now: datetime,
    ) -> None:  # fmt: skip
        self.db, self.player, self.busiest, self.keys, self.now = db, player, busiest, keys, now
        self.holds, self.returned = set(request.holds), set(request.returned)

    def renew(self, offer: Offer, merchant: Merchant, renewal: Renewal, *, is_shown: bool) -> None:
        may_lease = is_shown and offer_standing(offer, self.now) in LEASABLE
        lease = self._lease(offer, merchant, may_lease)
        if lease is None:
            return
        self._take_back(offer, lease)
        renewal.give_back += self._void(lease)
        self.db.refresh(offer)
        unused = self._unused(lease)
        busiest = self.busiest.get(offer.id, 0)
        size = size_for(self.db, offer, lease, busiest_day=busiest, now=self.now) if may_lease else 0
        renewal.give_back += sorted(claim.id for claim in unused[size:])
        if not may_lease:
            return
        made = self._make(offer, merchant, lease, size - len(unused))
        unsent = [claim for claim in unused[:size] if claim.received_at is None and claim.id not in self.holds]
        renewal.leases.append(RenewedLease(lease, offer, merchant, unsent + made))

    def _lease(self, offer: Offer, merchant: Merchant, may_lease: bool) -> Lease | None:
        """The box's lease of the offer, extended if it is due. Its row is locked, so that of two requests of one box
        the second sees what the first made."""
        mine = select(Lease).where(Lease.player_id == self.player.id, Lease.offer_id == offer.id)
        lease = self.db.exec(mine).first()
        if lease is None:
            if not may_lease:
                return None
            first = Lease(
                id=new_id(), player_id=self.player.id, offer_id=offer.id, made_at=self.now, expires_at=self._end(offer)
            )
            insert_once(self.db, first)
            lease = self.db.exec(mine).one()
        end = self._end(offer) if may_lease and self._is_due(lease) else lease.expires_at
        self.db.exec(update(Lease).where(col(Lease.id) == lease.id).values(expires_at=end))
        self.db.refresh(lease)
        self._extend_claims(offer, merchant, lease)
        return lease

    def _end(self, offer: Offer) -> datetime:
        end = offer_end(offer)
        return min(self.now + LASTS, end) if end else self.now + LASTS

    def _is_due(self, lease: Lease) -> bool:
        return lease.expires_at - self.now <= LASTS - EXTENDED_AFTER

    def _extend_claims(self, offer: Offer, merchant: Merchant, lease: Lease) -> None:
        """Move expiries back, never forward: a phone keeps the time that it was promised."""
        latest = claim_expiry(offer, merchant.zone, lease.expires_at)
        self.db.exec(
            update(LeasedClaim)
            .where(*self._leased(lease), col(LeasedClaim.expires_at) < latest)
            .values(expires_at=latest)
            .execution_options(synchronize_session=False)
        )

    def _take_back(self, offer: Offer, lease: Lease) -> None:
        """One UPDATE decides between the box that returns a claim and a till that reads it."""
        won = self.db.exec(
            update(LeasedClaim)
            .where(*self._leased(lease), col(LeasedClaim.id).in_(self.returned))
            .values(state=LeasedState.RETURNED)
            .execution_options(synchronize_session=False)
        )
        put_back(self.db, offer.id, won.rowcount, now=self.now)

    def _void(self, lease: Lease) -> list[str]:
        """Claims that the box holds as unused and must not hand out: a phone has them, or they are in the stock again.

        A phone can have one of these only from a copy of the box.
        """
        settled = (col(LeasedClaim.lease_id) == lease.id, col(LeasedClaim.state) != LeasedState.LEASED)
        found = self.db.exec(select(LeasedClaim).where(*settled, col(LeasedClaim.id).in_(self.holds))).all()
        given = (col(Claim.id).in_([claim.id for claim in found]), col(Claim.claimed_at) < self.now - LATE_REQUEST)
        for claim_id in self.db.exec(select(Claim.id).where(*given).limit(1)):
            note_copy(self.db, self.player, claim_id, offer_id=lease.offer_id, now=self.now)
        return sorted(claim.id for claim in found)

    def _unused(self, lease: Lease) -> list[LeasedClaim]:
        """Oldest first, without those that the box had and holds no more: a phone has them, and the report is late."""
        self.db.exec(
            update(LeasedClaim)
            .where(*self._leased(lease), col(LeasedClaim.id).in_(self.holds), col(LeasedClaim.received_at).is_(None))
            .values(received_at=self.now)
            .execution_options(synchronize_session=False)
        )
        query = select(LeasedClaim).where(*self._leased(lease)).order_by(col(LeasedClaim.id))
        claims = self.db.exec(query.execution_options(populate_existing=True)).all()
        return [claim for claim in claims if claim.id in self.holds or claim.received_at is None]

    def _make(self, offer: Offer, merchant: Merchant, lease: Lease, missing: int) -> list[LeasedClaim]:
        """As many as are missing, or as the stock still has when other boxes and phones take pieces meanwhile."""
        for _ in range(TRIES):
            pieces = min(missing, offer.stock_left)
            if pieces <= 0:
                return []
            if take_pieces(self.db, offer.id, pieces, now=self.now):
                return self._made(offer, merchant, lease, pieces)
            self.db.refresh(offer)
        return []

    def _made(self, offer: Offer, merchant: Merchant, lease: Lease, pieces: int) -> list[LeasedClaim]:
        expires_at = claim_expiry(offer, merchant.zone, lease.expires_at)
        ids = [new_id() for _ in range(pieces)]
        claims = [
            LeasedClaim(
                id=id_, lease_id=lease.id, offer_id=offer.id, expires_at=expires_at, **claim_hmacs(self.keys, id_, 0)
            )
            for id_ in ids
        ]
        insert_new(self.db, claims)
        return claims

    def _leased(self, lease: Lease) -> tuple:  # type: ignore[type-arg]
        return col(LeasedClaim.lease_id) == lease.id, col(LeasedClaim.state) == LeasedState.LEASED
