"""reverse_redemption: take a use back, once, with a reason. Nothing is erased."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, update

from server.coupons.models import Claim, Redemption, Reversal
from server.coupons.tills import Till
from server.coupons.uses import NoSuchRedemption
from server.db import get_or_raise, insert_once, new_id
from server.errors import Conflict, Invalid

LONGEST_REASON = 300


class AlreadyReversed(Conflict):
    """This redemption was taken back already. Today's list shows whether the coupon was used again since."""


class ReasonAsked(Invalid):
    """A reversal needs a reason of 1 to 300 characters. Say in a few words why the use is taken back."""


def reverse_redemption(db: Session, redemption_id: str, *, till: Till, reason: str, now: datetime) -> Reversal:
    """The coupon becomes usable again if it is still valid; the UNIQUE key lets this happen once."""
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ReasonAsked
    redemption = get_or_raise(db, Redemption, redemption_id, NoSuchRedemption)
    if till.merchant_id not in (None, redemption.merchant_id):
        raise NoSuchRedemption
    reversal = Reversal(
        id=new_id(), redemption_id=redemption.id, person_id=till.person_id, reason=reason, reversed_at=now
    )
    if not insert_once(db, reversal):
        raise AlreadyReversed
    _free_claim(db, redemption.claim_id)
    return reversal


def _free_claim(db: Session, claim_id: str) -> None:
    """Only one redemption of a claim is in force at a time, so the one just reversed is the one that used it."""
    freed = db.exec(
        update(Claim)
        .where(col(Claim.id) == claim_id, col(Claim.redeemed_at).is_not(None))
        .values(redeemed_at=None)
        .execution_options(synchronize_session=False)
    )
    if freed.rowcount != 1:
        raise AlreadyReversed
