from __future__ import annotations

import pytest

from server.accounts.models import Person, Role
from server.accounts.rights import NoRight, NotYours, Right, may, require, restricted_to
from server.campaigns.models import Campaign
from server.coupons.models import Offer
from server.db import utc_now

OWN, OTHER = "A" * 26, "B" * 26


def person(role: Role, **more: str) -> Person:
    return Person(email="x@example.org", name="X", role=role, created_at=utc_now(), **more)


def test_an_owner_may_do_everything() -> None:
    assert all(may(person(Role.OWNER), right) for right in Right)


def test_only_owners_change_people() -> None:
    assert [role for role in Role if may(person(role), Right.EDIT_PEOPLE)] == [Role.OWNER]


def test_a_viewer_has_no_right_to_change_anything() -> None:
    rights = {right for right in Right if may(person(Role.VIEWER), right)}
    assert all(right.startswith("see_") for right in rights)


def test_an_advertiser_acts_on_own_campaigns_alone() -> None:
    who = person(Role.ADVERTISER, advertiser_id=OWN)
    assert may(who, Right.EDIT_CAMPAIGNS, Campaign(advertiser_id=OWN))
    with pytest.raises(NotYours):
        require(who, Right.EDIT_CAMPAIGNS, Campaign(advertiser_id=OTHER))


@pytest.mark.parametrize("role", [Role.MERCHANT, Role.STAFF])
def test_a_shops_people_act_on_own_offers_alone(role: Role) -> None:
    who = person(role, merchant_id=OWN)
    assert may(who, Right.REDEEM, Offer(merchant_id=OWN))
    assert not may(who, Right.REDEEM, Offer(merchant_id=OTHER))


def test_staff_take_no_redemption_back() -> None:
    with pytest.raises(NoRight):
        require(person(Role.STAFF, merchant_id=OWN), Right.REVERSE)


def test_a_person_without_an_advertiser_owns_nothing() -> None:
    who = person(Role.ADVERTISER)
    assert not may(who, Right.SEE_CAMPAIGNS, Campaign(advertiser_id=OWN))
    assert not may(who, Right.SEE_CREATIVES, object())
    assert restricted_to(who, "advertiser_id") == "none"


def test_an_operator_has_no_scope() -> None:
    assert restricted_to(person(Role.OPERATOR), "advertiser_id") is None
    assert restricted_to(person(Role.ADVERTISER, advertiser_id=OWN), "merchant_id") is None
