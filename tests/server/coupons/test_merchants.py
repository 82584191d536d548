from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from server.coupons.merchants import (
    MerchantForm,
    NoSuchMerchant,
    UnknownZone,
    add_merchant,
    change_merchant,
    merchant_of,
)
from server.coupons.models import Merchant


def test_a_merchant_is_changed(db: Session, merchant: Merchant) -> None:
    change_merchant(db, merchant.id, MerchantForm(name="Tea House", zone="Europe/Zurich"))
    assert merchant_of(db, merchant.id).name == "Tea House"


def test_an_unknown_zone_is_refused(db: Session, now: datetime) -> None:
    with pytest.raises(UnknownZone):
        add_merchant(db, MerchantForm(name="Noodle Bar", zone="Asia/Nowhere"), now=now)


def test_an_unknown_merchant_is_refused(db: Session) -> None:
    with pytest.raises(NoSuchMerchant):
        merchant_of(db, "nobody")
