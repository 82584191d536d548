"""Move all coupons of one phone to another, for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from media.phone.tokens import new_token
from server.coupons.codes.derive import CouponKeys, claim_hmacs
from server.coupons.models import Claim, MovedPhone, Phone
from server.coupons.wallets.phones import next_nth, phone_of_hash, token_hash

REMEMBERED_FOR = timedelta(days=60)  # a box that was away reports so late which phone has a coupon of its lease


def move_coupons(db: Session, phone_hash: str, *, to: Phone, now: datetime, void_copies: CouponKeys | None) -> int:
    """Returns how many coupons moved. What a box reports later of the phone of this hash moves as well.

    void_copies: the keys, if what the old phone shows is to open nothing any more; None: it stays good
    """
    _remember(db, phone_hash, to=to, now=now)
    old = db.exec(select(Phone).where(Phone.token_hash == phone_hash).with_for_update()).first()
    if old is None:
        return 0
    db.exec(update(MovedPhone).where(col(MovedPhone.moved_to) == old.id).values(moved_to=to.id))
    _retire(db, old)
    claims = db.exec(select(Claim).where(Claim.phone_id == old.id).order_by(col(Claim.nth))).all()
    return sum(_move(db, claim, to, void_copies) for claim in claims)


def _remember(db: Session, phone_hash: str, *, to: Phone, now: datetime) -> None:
    same = (col(MovedPhone.token_hash) == phone_hash, col(MovedPhone.moved_to) == to.id)
    again = db.exec(update(MovedPhone).where(*same).values(moved_at=now))
    if not again.rowcount:
        db.add(MovedPhone(token_hash=phone_hash, moved_to=to.id, moved_at=now))
        db.flush()


def _retire(db: Session, phone: Phone) -> None:
    """The emptied phone starts anew when it claims again: else moving to and fro would get around its limits."""
    phone.token_hash = token_hash(new_token())
    db.add(phone)
    db.flush()


def _move(db: Session, claim: Claim, phone: Phone, void_copies: CouponKeys | None) -> bool:
    """A till, or another phone, that was first keeps what it did."""
    voided = {"epoch": claim.epoch + 1, **claim_hmacs(void_copies, claim.id, claim.epoch + 1)} if void_copies else {}
    moved = db.exec(
        update(Claim)
        .where(col(Claim.id) == claim.id, col(Claim.epoch) == claim.epoch, col(Claim.phone_id) == claim.phone_id)
        .values(
            phone_id=phone.id,
            nth=next_nth(db, claim.offer_id, phone.id),
            idempotency_key=f"moved:{claim.id}",
            **voided,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount == 1)


def holder_of(db: Session, hashed: str, *, claimed_at: datetime, now: datetime) -> str:
    """The id of the phone that has what the phone of this hash claimed then: itself, or the one it moved to since."""
    moved = select(MovedPhone).where(MovedPhone.token_hash == hashed, col(MovedPhone.moved_at) >= claimed_at)
    first = db.exec(moved.order_by(col(MovedPhone.moved_at)).limit(1)).first()
    return first.moved_to if first is not None else phone_of_hash(db, hashed, now=now).id


def forget_moved_phones(db: Session, *, now: datetime) -> None:
    db.exec(delete(MovedPhone).where(col(MovedPhone.moved_at) < now - REMEMBERED_FOR))
