"""redeem_claim: a coupon is used once, at the first till."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlmodel import Session, col, select, update

from server.coupons.claims import KeyReused, check_key
from server.coupons.codes.derive import CouponKeys, Shown
from server.coupons.codes.read import NoSuchCode
from server.coupons.merchants import merchant_of
from server.coupons.models import Claim, Merchant, Offer, Redemption
from server.coupons.offers import offer_of
from server.coupons.tills import Found, How, Till, find_claims, proven_claim
from server.coupons.uses import current_uses
from server.coupons.validity import usable_at
from server.db import insert_once, new_id
from server.errors import Conflict, LiftcastError
from server.zones import zone_or_utc


class AlreadyRedeemed(Conflict):
    """This coupon was used already. Each coupon is good for one use."""


class ClaimExpired(Conflict):
    """This coupon has expired. Look at the screen for the present offers."""


class OtherMerchant(Conflict):
    """This coupon is another merchant's. It is good at the shop that is named on it."""


class OutsideHours(Conflict):
    """This coupon is not good at this weekday or hour. Its terms say when it is."""


class RedemptionReversed(Conflict):
    """This redemption was taken back since. Scan the coupon again to redeem it anew, with a new Idempotency-Key."""


class StaleQr(Conflict):
    """This QR is older than a minute: it may be a picture. Ask to open the coupon itself, then scan again."""


class StaticCodeShown(Conflict):
    """The code alone may come from a picture. Ask for the four digits beside it, or redeem at your own discretion."""


@dataclass(frozen=True)
class Redeemed:
    """The answer to a till: the redemption, its claim and its offer."""

    redemption: Redemption
    claim: Claim
    offer: Offer


def redeem_claim(
    db: Session,
    readings: Sequence[Shown],
    *,
    till: Till,
    keys: CouponKeys,
    now: datetime,
    idempotency_key: str | None = None,
    static_ok: bool = False,
) -> Redeemed:
    """Use the coupon that was shown, once; the same key again gets the same answer for as long as it is true.

    `readings` are the possible readings, as `read_shown` returns them.
    """
    key = _own_key(till, idempotency_key)
    found = find_claims(db, readings, keys=keys, now=now)
    repeated = _repeated(db, key, found)
    if repeated is not None:
        return repeated
    claim, how = proven_claim(found, keys=keys, now=now)
    offer = offer_of(db, claim.offer_id)
    _check_usable(db, claim, offer, till=till, now=now)
    if how is How.STALE:
        raise StaleQr
    if how is How.STATIC and not static_ok:
        raise StaticCodeShown
    redemption = Redemption(
        id=new_id(),
        claim_id=claim.id,
        merchant_id=offer.merchant_id,
        person_id=till.person_id,
        till=till.name,
        how=how,
        idempotency_key=key,
        redeemed_at=now,
    )
    return Redeemed(_use(db, claim, redemption), claim, offer)


def _own_key(till: Till, key: str | None) -> str | None:
    """The keys of two merchants never collide."""
    if key is None:
        return None
    check_key(key)
    return f"{till.merchant_id or 'house'}:{key}"


def _repeated(db: Session, key: str | None, found: Sequence[Found]) -> Redeemed | None:
    """The earlier redemption of this key; raises KeyReused if it was of none of these claims."""
    earlier = _redemption_of(db, key)
    if earlier is None:
        return None
    claims = [candidate.claim for candidate in found if candidate.claim.id == earlier.claim_id]
    if not claims:
        raise KeyReused
    return Redeemed(_still_true(db, earlier, claims[0]), claims[0], offer_of(db, claims[0].offer_id))


def _redemption_of(db: Session, key: str | None) -> Redemption | None:
    return db.exec(select(Redemption).where(Redemption.idempotency_key == key)).first() if key else None


def _earlier(db: Session, key: str | None, claim: Claim) -> Redemption | None:
    earlier = _redemption_of(db, key)
    if earlier is None:
        return None
    if earlier.claim_id != claim.id:
        raise KeyReused
    return _still_true(db, earlier, claim)


def _still_true(db: Session, earlier: Redemption, claim: Claim) -> Redemption:
    """The redemption by which the claim is used now.

    A till that received "redeemed" again after the use was taken back would give the goods for an open coupon. Raises
    RedemptionReversed, or AlreadyRedeemed where the coupon was used anew.
    """
    use = current_uses(db, [claim.id]).get(claim.id)
    if use is None:
        raise RedemptionReversed
    if use.id != earlier.id:
        raise _used(db, claim, merchant_of(db, use.merchant_id))
    return earlier


def _check_usable(db: Session, claim: Claim, offer: Offer, *, till: Till, now: datetime) -> None:
    """The reason that helps a till most is raised first."""
    merchant = merchant_of(db, offer.merchant_id)
    if till.merchant_id not in (None, merchant.id):
        raise OtherMerchant
    if claim.redeemed_at is not None:
        raise _used(db, claim, merchant)
    if claim.expires_at <= now:
        raise ClaimExpired(expires_at=claim.expires_at, zone=merchant.zone)
    if not usable_at(offer, merchant.zone, now):
        raise OutsideHours(weekdays=offer.weekdays, from_min=offer.from_min, until_min=offer.until_min)


def _use(db: Session, claim: Claim, redemption: Redemption) -> Redemption:
    """The claim's one UPDATE decides between tills, the redemption's unique key between repeats.

    The UPDATE is first: inserting would take a shared lock on the claim's row, and two holders of a shared lock who
    both write the row are in a deadlock.
    """
    if not _mark(db, claim, redemption.redeemed_at):
        return _earlier(db, redemption.idempotency_key, claim) or _fail(_lost(db, claim))
    if insert_once(db, redemption):
        return redemption
    # This key redeemed the claim a moment ago and that was reversed since: a repeat uses nothing a second time.
    _unmark(db, claim)
    return _earlier(db, redemption.idempotency_key, claim) or _fail(KeyReused())


def _fail(error: LiftcastError) -> NoReturn:
    raise error


def _mark(db: Session, claim: Claim, now: datetime) -> bool:
    unused = col(Claim.redeemed_at).is_(None) & (col(Claim.expires_at) > now)
    won = db.exec(
        update(Claim)
        .where(col(Claim.id) == claim.id, col(Claim.epoch) == claim.epoch, unused)
        .values(redeemed_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(won.rowcount == 1)


def _unmark(db: Session, claim: Claim) -> None:
    mine = update(Claim).where(col(Claim.id) == claim.id).values(redeemed_at=None)
    db.exec(mine.execution_options(synchronize_session=False))


def _lost(db: Session, claim: Claim) -> Conflict | NoSuchCode:
    """Another till, or a recovery link, was first."""
    epoch = claim.epoch
    db.refresh(claim)
    if claim.epoch != epoch:
        return NoSuchCode()
    return _used(db, claim, merchant_of(db, offer_of(db, claim.offer_id).merchant_id))


def _used(db: Session, claim: Claim, merchant: Merchant) -> AlreadyRedeemed:
    """Says when, by the merchant's clock, and where."""
    use = current_uses(db, [claim.id]).get(claim.id)
    if use is None:
        return AlreadyRedeemed()
    at = use.redeemed_at.astimezone(zone_or_utc(merchant.zone))
    where = f"{merchant.name}, {use.till}" if use.till else merchant.name
    return AlreadyRedeemed(
        f"This coupon was used at {at:%H:%M} on {at:%Y-%m-%d} at {where}.", at=at, where=where, zone=merchant.zone
    )
