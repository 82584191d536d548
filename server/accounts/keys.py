"""Keys of machines that call the API: each acts as a role, for one advertiser or merchant if the role needs one.

The maker of a key sees its secret. So a key is good only as long as its maker may make keys.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session, col, select, update

from server.accounts.models import ApiKey, Person, Role
from server.accounts.people import Name, NoScope
from server.accounts.rights import Right, may
from server.db import get_or_raise
from server.errors import Conflict, Invalid, Missing

MARK = "lck_"


class NoSuchKey(Missing):
    """There is no such key. Look at the list of keys."""


class KeyRevoked(Conflict):
    """This key was revoked already. Make a new one if a machine still needs it."""


class OwnersHaveNoKeys(Invalid):
    """A key cannot act as an owner. Choose a smaller role."""


class KeyForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    role: Role
    advertiser_id: str | None = Field(default=None, max_length=26)
    merchant_id: str | None = Field(default=None, max_length=26)

    @model_validator(mode="after")
    def _role_fits_a_key(self) -> Self:
        if self.role is Role.OWNER:
            raise OwnersHaveNoKeys
        if self.role is Role.ADVERTISER and not self.advertiser_id:
            raise NoScope
        if self.role in (Role.MERCHANT, Role.STAFF) and not self.merchant_id:
            raise NoScope
        return self


def make_key(db: Session, form: KeyForm, *, by: str | None = None, now: datetime) -> tuple[ApiKey, str]:
    """The row, and the secret that is shown once, to the person `by`."""
    secret = MARK + secrets.token_urlsafe(32)
    key = ApiKey(**form.model_dump(), key_hash=_hash(secret), made_by=by, created_at=now)
    db.add(key)
    return key, secret


def key_of(db: Session, secret: str) -> ApiKey | None:
    """The key of this secret, if it is good."""
    found = db.exec(select(ApiKey).where(ApiKey.key_hash == _hash(secret))).first()
    return found if found and is_good(db, found) else None


def is_good(db: Session, key: ApiKey) -> bool:
    """Whether it was not revoked, and who made it may still make keys."""
    return key.revoked_at is None and _maker_may(db, key)


def _maker_may(db: Session, key: ApiKey) -> bool:
    if key.made_by is None:
        return True
    maker = db.get(Person, key.made_by)
    return maker is not None and maker.disabled_at is None and may(maker, Right.EDIT_PEOPLE)


def revoke_key(db: Session, key_id: str, *, now: datetime) -> ApiKey:
    key = get_or_raise(db, ApiKey, key_id, NoSuchKey)
    good = (col(ApiKey.id) == key_id) & col(ApiKey.revoked_at).is_(None)
    if db.exec(update(ApiKey).where(good).values(revoked_at=now)).rowcount != 1:
        raise KeyRevoked
    return key


def good_keys_made_by(db: Session, person_id: str) -> Sequence[ApiKey]:
    """Keys that stop working when this person is disabled or may manage people no longer."""
    theirs = select(ApiKey).where(ApiKey.made_by == person_id, col(ApiKey.revoked_at).is_(None))
    return [key for key in db.exec(theirs) if is_good(db, key)]


def all_keys(db: Session) -> Sequence[ApiKey]:
    return db.exec(select(ApiKey).order_by(col(ApiKey.id).desc())).all()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
