"""The counter's blueprint: who redeems, and how often someone may be wrong."""

from __future__ import annotations

from flask import Blueprint, session

from server.accounts.models import ApiKey
from server.accounts.rights import restricted_to
from server.coupons.codes.read import NoSuchCode
from server.coupons.tills import Till
from server.http.limits import LimitRule, asking_network, limit_tries
from server.web.identity.auth import current_who
from server.web.words.coupons import WORDS

bp = Blueprint("counter", __name__)

WRONG_CODES = "10/minute"
TILL_NAME = "till"
LONGEST_TILL = 80


@bp.context_processor
def shared() -> dict[str, object]:
    return WORDS


def till_named(name: str = "") -> Till:
    """The asking person or machine as a till; a machine is known by its key's name."""
    who = current_who()
    machine = isinstance(who, ApiKey)
    return Till(
        merchant_id=restricted_to(who, "merchant_id"),
        person_id=None if machine else who.id,
        name=name.strip()[:LONGEST_TILL] or (who.name[:LONGEST_TILL] if machine else ""),
    )


def page_till() -> Till:
    """The till of this browser, by the name that was given to it."""
    return till_named(str(session.get(TILL_NAME, "")))


def _who_key() -> str:
    return current_who().id


def _till_key() -> str:
    till = page_till()
    return f"{till.merchant_id}:{till.name or asking_network()}"


limit_wrong_codes = limit_tries(
    LimitRule("wrong codes address", WRONG_CODES),
    LimitRule("wrong codes person", WRONG_CODES, _who_key),
    LimitRule("wrong codes till", WRONG_CODES, _till_key),
    counts=lambda status: status == NoSuchCode.status,
)
