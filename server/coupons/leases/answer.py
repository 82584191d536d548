"""The message that a box receives: for each offer its terms, and the claims that the box does not hold yet. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from media.wire.leases import LeasedCopy, Leases, OfferLease, Validity
from server.coupons.codes.derive import CouponKeys, claim_secret, link_token, qr_handle
from server.coupons.leases.renew import Renewal, RenewedLease
from server.coupons.models import LeasedClaim
from server.coupons.validity import claim_expiry
from server.db import to_ms
from server.zones import zone_or_utc

FIRST_EPOCH = 0


def leases_answer(renewal: Renewal, *, keys: CouponKeys, public_url: str, now: datetime) -> Leases:
    """public_url: begins every link that is handed out"""
    return Leases(
        leases=tuple(_offer_lease(renewed, keys, public_url, now) for renewed in renewal.leases),
        give_back=tuple(renewal.give_back),
    )


def _offer_lease(renewed: RenewedLease, keys: CouponKeys, public_url: str, now: datetime) -> OfferLease:
    return OfferLease(
        offer=renewed.offer.id,
        title=renewed.offer.title,
        terms=renewed.offer.terms,
        merchant=renewed.merchant.name,
        per_phone=renewed.offer.per_phone,
        expires_ms=to_ms(renewed.lease.expires_at),
        validity=tuple(_validity(renewed, now)),
        claims=tuple(_copy(claim, keys, public_url) for claim in renewed.claims),
    )


def _copy(claim: LeasedClaim, keys: CouponKeys, public_url: str) -> LeasedCopy:
    secret = claim_secret(keys, claim.id, FIRST_EPOCH)
    return LeasedCopy(
        claim=claim.id,
        secret=secret.hex(),
        handle=qr_handle(keys, claim.id),
        wallet_url=f"{public_url}/w/{link_token(keys, claim.id, secret)}",
    )


def _validity(renewed: RenewedLease, now: datetime) -> Iterator[Validity]:
    """The expiry of a claim that is handed out on each local day of the merchant, until the lease ends."""
    zone, at, end = renewed.merchant.zone, now, renewed.lease.expires_at
    while at < end:
        until = min(_next_midnight(at, zone), end)
        yield Validity(until_ms=to_ms(until), expires_ms=to_ms(claim_expiry(renewed.offer, zone, at)))
        at = until


def _next_midnight(at: datetime, zone: str) -> datetime:
    local = zone_or_utc(zone)
    tomorrow = at.astimezone(local).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), local).astimezone(UTC)
