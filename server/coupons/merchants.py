"""Merchants: the shops that redeem coupons."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from server.coupons.models import Merchant
from server.db import get_or_raise
from server.errors import Conflict, Invalid, Missing

ZONES = frozenset(available_timezones())


class NoSuchMerchant(Missing):
    """There is no such merchant. Choose one from the list of merchants."""


class MerchantArchived(Conflict):
    """This merchant is archived. Restore it first, or choose another one."""


class UnknownZone(Invalid):
    """This time zone is not known. Choose one by its name, like Asia/Shanghai or Europe/Zurich."""


class MerchantForm(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=120)
    address: str = Field(default="", max_length=200)
    zone: str = "Asia/Shanghai"


def add_merchant(db: Session, form: MerchantForm, *, now: datetime) -> Merchant:
    _check_zone(form.zone)
    merchant = Merchant(**form.model_dump(), created_at=now)
    db.add(merchant)
    db.flush()
    return merchant


def change_merchant(db: Session, merchant_id: str, form: MerchantForm) -> Merchant:
    _check_zone(form.zone)
    merchant = merchant_of(db, merchant_id)
    merchant.sqlmodel_update(form.model_dump())
    db.flush()
    return merchant


def merchant_of(db: Session, merchant_id: str) -> Merchant:
    return get_or_raise(db, Merchant, merchant_id, NoSuchMerchant)


def merchant_in_use(db: Session, merchant_id: str) -> Merchant:
    merchant = merchant_of(db, merchant_id)
    if merchant.archived_at is not None:
        raise MerchantArchived
    return merchant


def _check_zone(zone: str) -> None:
    if zone not in ZONES:
        raise UnknownZone
