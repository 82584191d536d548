"""The counter's blueprint: who redeems, and how often someone may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, session

from server.accounts.models import ApiKey
from server.accounts.rights import held_to
from server.coupons.reading import NoSuchCode
from server.coupons.tills import Till
from server.web.auth import current_who
from server.web.coupon_words import WORDS
from server.web.limits import asking_network, limiter

bp = Blueprint("counter", __name__)

View = TypeVar("View", bound=Callable[..., Any])

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
        merchant_id=held_to(who, "merchant_id"),
        person_id=None if machine else who.id,
        name=name.strip()[:LONGEST_TILL] or (who.name[:LONGEST_TILL] if machine else ""),
    )


def page_till() -> Till:
    """The till of this browser, by the name that was given to it."""
    return till_named(str(session.get(TILL_NAME, "")))


def limit_wrong_codes(view: View) -> View:
    """Ten wrong codes a minute from one address, person or till; right ones count nothing."""
    limited: Any = view
    for scope, key in (("address", asking_network), ("person", _who_key), ("till", _till_key)):
        limit = limiter.shared_limit(WRONG_CODES, scope=f"wrong codes {scope}", key_func=key, deduct_when=_was_wrong)
        limited = limit(limited)
    return limited  # type: ignore[no-any-return]  # the same view, counted


def _was_wrong(response: Response) -> bool:
    return response.status_code == NoSuchCode.status


def _who_key() -> str:
    return current_who().id


def _till_key() -> str:
    till = page_till()
    return f"{till.merchant_id}:{till.name or asking_network()}"
