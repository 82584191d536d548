""" "Save my coupons": a link that moves a wallet to another phone, once, and voids every copy that was out."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select, update

from media.phone.tokens import is_token, new_token
from server.coupons.codes.derive import CouponKeys
from server.coupons.models import Claim, Phone, RecoveryLink
from server.coupons.wallets.moving import move_coupons
from server.coupons.wallets.phones import token_hash
from server.errors import Conflict, Missing


class NoSuchRecovery(Missing):
    """This link saves no coupons. Copy the whole link, or make a new one on the phone that holds them."""


class RecoveryUsed(Conflict):
    """This link was used already. Make a new one on the phone that holds the coupons now."""


class RecoveryHere(Conflict):
    """These coupons are on this phone already. Keep the link for the day this phone is lost."""


class NothingToSave(Conflict):
    """There are no coupons on this phone yet. Claim one first, then save it."""


def make_recovery_link(db: Session, phone: Phone, *, now: datetime) -> str:
    """The link's token; only its hash is stored."""
    if db.exec(select(Claim.id).where(Claim.phone_id == phone.id).limit(1)).first() is None:
        raise NothingToSave
    token = new_token()
    db.add(RecoveryLink(phone_id=phone.id, token_hash=token_hash(token), created_at=now))
    db.flush()
    return token


def unused_recovery(db: Session, token: str) -> RecoveryLink:
    """The link, while it can still be used."""
    found = select(RecoveryLink).where(RecoveryLink.token_hash == token_hash(token))
    link = db.exec(found).first() if is_token(token) else None
    if link is None:
        raise NoSuchRecovery
    if link.used_at is not None:
        raise RecoveryUsed
    return link


def coupons_behind(db: Session, link: RecoveryLink) -> int:
    return db.exec(select(func.count()).where(col(Claim.phone_id) == link.phone_id)).one()


def recover_wallet(db: Session, token: str, *, phone: Phone, keys: CouponKeys, now: datetime) -> int:
    """Move the wallet behind the link to this phone; returns how many coupons came."""
    link = unused_recovery(db, token)
    if link.phone_id == phone.id:
        raise RecoveryHere
    won = db.exec(
        update(RecoveryLink)
        .where(col(RecoveryLink.id) == link.id, col(RecoveryLink.used_at).is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if won.rowcount != 1:
        raise RecoveryUsed
    old = db.get_one(Phone, link.phone_id)
    return move_coupons(db, old.token_hash, to=phone, now=now, void_copies=keys)
