"""Write the claim of a leased one under its id, once somebody is known to have it: a phone, or a till that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from media.phone.tokens import new_token
from server.coupons.claims import TRIES, ClaimsBusy, Presence
from server.coupons.leases.stock import take_again
from server.coupons.models import Claim, LeasedClaim, LeasedState, Phone
from server.coupons.wallets.phones import next_nth, token_hash
from server.db import insert_once, new_id


@dataclass(frozen=True)
class Holder:
    """The phone that has a leased claim, and since when. `key`: of the phone's request; empty if it is not known."""

    phone_id: str
    key: str
    screen_id: str | None
    claimed_at: datetime
    expires_at: datetime


def fulfil_unreported(db: Session, leased: LeasedClaim, *, now: datetime) -> Claim | None:
    """The claim of a leased one that a till reads before its box reports it; None if it is void.

    Its phone is not known yet: a row that no token opens stands for it until the report.
    """
    if not mark_claimed(db, leased, now=now):
        return db.get(Claim, leased.id)  # reported or read by another till a moment ago; None if it was returned
    unknown = Phone(id=new_id(), token_hash=token_hash(new_token()), created_at=now)
    insert_once(db, unknown)
    return write_claim(
        db, leased, Holder(unknown.id, key="", screen_id=None, claimed_at=now, expires_at=leased.expires_at)
    )


def mark_claimed(db: Session, leased: LeasedClaim, *, now: datetime) -> bool:
    """One UPDATE decides who writes the claim. One that was returned, though a phone has it, takes a piece again."""
    if _moved(db, leased, LeasedState.LEASED):
        return True
    db.refresh(leased)
    if leased.state is not LeasedState.RETURNED or leased.expires_at <= now:
        return False
    if not take_again(db, leased.offer_id, now=now):
        return False
    if _moved(db, leased, LeasedState.RETURNED):
        return True
    raise ClaimsBusy  # the piece that was taken returns with the transaction


def write_claim(db: Session, leased: LeasedClaim, holder: Holder) -> Claim:
    """The claim, for its holder. A hand-out of a box is written beyond the phone's limit too: the phone has it."""
    for _ in range(TRIES):
        claim = Claim(
            id=leased.id,
            offer_id=leased.offer_id,
            phone_id=holder.phone_id,
            nth=next_nth(db, leased.offer_id, holder.phone_id),
            idempotency_key=own_key(db, leased, holder),
            code_hmac=leased.code_hmac,
            qr_hmac=leased.qr_hmac,
            link_hmac=leased.link_hmac,
            screen_id=holder.screen_id,
            presence=Presence.BOX,
            claimed_at=holder.claimed_at,
            expires_at=holder.expires_at,
        )
        if insert_once(db, claim):
            return claim
    raise ClaimsBusy


def own_key(db: Session, leased: LeasedClaim, holder: Holder) -> str:
    """The key of the phone's request, so that its repeat at the server gets this claim.

    The server may have answered the same request already, and the answer was lost: then the key is that claim's.
    """
    same = (col(Claim.phone_id) == holder.phone_id, col(Claim.idempotency_key) == holder.key, Claim.id != leased.id)
    is_free = holder.key and db.exec(select(Claim.id).where(*same)).first() is None
    return holder.key if is_free else f"leased:{leased.id}"


def _moved(db: Session, leased: LeasedClaim, state: LeasedState) -> bool:
    won = db.exec(
        update(LeasedClaim)
        .where(col(LeasedClaim.id) == leased.id, col(LeasedClaim.state) == state)
        .values(state=LeasedState.CLAIMED)
        .execution_options(synchronize_session=False)
    )
    return bool(won.rowcount == 1)
