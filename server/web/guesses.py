"""How often someone may type a wrong enrolment code: whoever guesses on gets a box of somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response

from server.screens.enrolment import CodeExpired, WrongCode
from server.web.auth import current_who
from server.web.limits import asking_network, limiter

View = TypeVar("View", bound=Callable[..., Any])

WRONG_CODES = "10 per 10 minutes"


def limit_wrong_enrolments(view: View) -> View:
    """Ten wrong codes in ten minutes from one address or person; right ones count nothing."""
    limited: Any = view
    for scope, key in (("address", asking_network), ("person", _who_key)):
        name = f"wrong enrolment codes {scope}"
        limited = limiter.shared_limit(WRONG_CODES, scope=name, key_func=key, deduct_when=_was_wrong)(limited)
    return limited  # type: ignore[no-any-return]  # the same view, counted


def _was_wrong(response: Response) -> bool:
    return response.status_code in (WrongCode.status, CodeExpired.status)


def _who_key() -> str:
    return current_who().id
