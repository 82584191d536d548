from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from server.coupons.models import Claim, Merchant
from server.coupons.reverse import reverse_redemption
from server.coupons.tills import Till
from server.coupons.uses import NoSuchRedemption, current_uses, use_of, uses_since
from tests.server.coupons.conftest import ClaimIt, MakeOffer, live


@pytest.fixture
def used(redeem: Any, claim: Claim, now: datetime) -> str:
    """The id of a redemption."""
    return str(redeem(live(claim, now)).redemption.id)


def test_a_claim_is_used_by_the_redemption_that_was_not_taken_back(
    db: Session, claim: Claim, used: str, redeem: Any, till: Till, now: datetime
) -> None:
    assert {claim_id: row.id for claim_id, row in current_uses(db, [claim.id, "no claim"]).items()} == {claim.id: used}
    reverse_redemption(db, used, reason="Wrong table", till=till, now=now)
    assert current_uses(db, [claim.id]) == {}
    again = redeem(live(claim, now)).redemption
    assert current_uses(db, [claim.id])[claim.id].id == again.id
    assert current_uses(db, []) == {}


def test_a_use_names_its_claim_offer_merchant_and_reversal(
    db: Session, claim: Claim, merchant: Merchant, used: str, till: Till, now: datetime
) -> None:
    use = use_of(db, used, merchant_id=merchant.id)
    assert (use.claim.id, use.offer.id, use.merchant.id, use.reversal) == (claim.id, claim.offer_id, merchant.id, None)
    reverse_redemption(db, used, reason="错桌", till=till, now=now)
    assert use_of(db, used, merchant_id=None).reversal.reason == "错桌"


@pytest.mark.parametrize(("id_", "merchant_id"), [("", None), ("no such", None), (None, "another")])
def test_a_redemption_of_another_merchant_is_as_good_as_none(
    db: Session, used: str, id_: str | None, merchant_id: str | None
) -> None:
    with pytest.raises(NoSuchRedemption):
        use_of(db, used if id_ is None else id_, merchant_id=merchant_id)


def test_the_newest_uses_come_first_and_only_so_many(
    db: Session, offered: MakeOffer, claimed: ClaimIt, redeem: Any, now: datetime
) -> None:
    moments = [now + timedelta(minutes=n) for n in range(3)]
    ids = [redeem(live(claimed(offered()), at), now=at).redemption.id for at in moments]
    assert [use.redemption.id for use in uses_since(db, now, merchant_id=None, most=2)] == ids[:0:-1]
    assert [use.redemption.id for use in uses_since(db, moments[2], merchant_id=None)] == ids[2:]
