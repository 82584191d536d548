"""How many new phones may claim from one address: whoever keeps no cookie is a new phone each time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from limits import RateLimitItemPerHour

from server.errors import LiftcastError
from server.web.context import house, reading
from server.web.limits import asking_network, limiter
from server.web.phone_identity import known_phone, was_known

P = ParamSpec("P")
R = TypeVar("R")


class TooManyNewPhones(LiftcastError):
    """So many new phones have claimed from this network that no more may for now.

    Turn WiFi off and claim over mobile data, or try again in an hour.
    """

    status = 429


def limit_new_phones(view: Callable[P, R]) -> Callable[P, R]:
    """Count before the claim is tried, so that many at once are no way around it, and give back what was not new.

    The claim itself meets the phone: to look before it as well would cost every claim a read, and is done only where
    a refusal is at stake.
    """

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        if not _count(1) and not _is_known():
            raise TooManyNewPhones
        try:
            return view(*args, **kwargs)
        finally:
            if was_known():
                _count(-1)

    return counted


def _count(phones: int) -> bool:
    """Whether so many more are within what the asking network may have in an hour."""
    allowed = RateLimitItemPerHour(house().settings.new_phones_per_hour)
    return limiter.limiter.hit(allowed, "new phones", asking_network(), cost=phones)


def _is_known() -> bool:
    with reading() as db:
        return known_phone(db) is not None
