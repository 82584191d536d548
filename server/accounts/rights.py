"""The rights of each role, and the scope in which they hold."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from server.accounts.models import Role
from server.errors import Denied


class Right(StrEnum):
    SEE_SCREENS = "see_screens"
    EDIT_SCREENS = "edit_screens"
    RAISE_EMERGENCY = "raise_emergency"
    SEE_CREATIVES = "see_creatives"
    EDIT_CREATIVES = "edit_creatives"
    TYPE_NOTICES = "type_notices"
    SEE_CAMPAIGNS = "see_campaigns"
    EDIT_CAMPAIGNS = "edit_campaigns"
    EDIT_ADVERTISERS = "edit_advertisers"
    SEE_OFFERS = "see_offers"
    EDIT_OFFERS = "edit_offers"
    EDIT_MERCHANTS = "edit_merchants"
    REDEEM = "redeem"
    REVERSE = "reverse"
    SEE_DELIVERY = "see_delivery"
    EDIT_PEOPLE = "edit_people"


OWNERS_ALONE = {Right.EDIT_PEOPLE}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.OPERATOR: frozenset(set(Right) - OWNERS_ALONE),
    Role.ADVERTISER: frozenset(
        {
            Right.SEE_CREATIVES,
            Right.EDIT_CREATIVES,
            Right.SEE_CAMPAIGNS,
            Right.EDIT_CAMPAIGNS,
            Right.SEE_DELIVERY,
        }
    ),
    Role.MERCHANT: frozenset({Right.SEE_OFFERS, Right.EDIT_OFFERS, Right.REDEEM, Right.REVERSE}),
    Role.STAFF: frozenset({Right.REDEEM}),
    Role.VIEWER: frozenset(
        {Right.SEE_SCREENS, Right.SEE_CREATIVES, Right.SEE_CAMPAIGNS, Right.SEE_OFFERS, Right.SEE_DELIVERY}
    ),
}

# The scope of a role: the field that the person and the thing must share.
RESTRICTED_TO = {Role.ADVERTISER: "advertiser_id", Role.MERCHANT: "merchant_id", Role.STAFF: "merchant_id"}


class NotYours(Denied):
    """This belongs to someone else. Choose one of your own, or ask an operator."""


class NoRight(Denied):
    """Your role does not allow this. Ask an owner to change your role."""


class Who(Protocol):
    """The actor: a person, or a machine's key."""

    id: str
    name: str
    role: Role
    advertiser_id: str | None
    merchant_id: str | None


def may(who: Who, right: Right, thing: object = None) -> bool:
    """Whether `who` has the right and, where a thing is given, whether it is theirs to act on."""
    return right in RIGHTS[Role(who.role)] and (thing is None or _theirs(who, thing))


def require(who: Who, right: Right, thing: object = None) -> None:
    if right not in RIGHTS[Role(who.role)]:
        raise NoRight
    if thing is not None and not _theirs(who, thing):
        raise NotYours


def restricted_to(who: Who, field: str) -> str | None:
    """The one advertiser or merchant whose things `who` sees; None: no limit."""
    return _own(who, field) if RESTRICTED_TO.get(Role(who.role)) == field else None


def _theirs(who: Who, thing: object) -> bool:
    field = RESTRICTED_TO.get(Role(who.role))
    return field is None or getattr(thing, field, None) == _own(who, field)


def _own(who: Who, field: str) -> str:
    """Someone who was given no advertiser or merchant owns nothing, not everything."""
    return getattr(who, field) or "none"
