"""How many new phones may claim from one address: a browser that stores no cookie is a new phone each time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from media.phone.source import Claimed
from server.context import reading, services
from server.errors import LiftcastError
from server.http.limits import LimitRule, taking_tries
from server.http.tries import TooManyTries
from server.web.phone_identity import known_phone, was_known

P = ParamSpec("P")


class TooManyNewPhones(LiftcastError):
    """So many new phones have claimed from this network that no more may for now.

    Turn WiFi off and claim over mobile data, or try again later.
    """

    status = 429


def limit_new_phones(claim: Callable[P, Claimed]) -> Callable[P, Claimed]:
    """Only a claim that was written for a new phone counts: requests that claim nothing lock nobody out.

    The claim itself reads the phone. To read it before as well would cost every claim a query, so that is done only
    where the claim would be refused.
    """

    @wraps(claim)
    def counted(*args: P.args, **kwargs: P.kwargs) -> Claimed:
        try:
            return _count(lambda: claim(*args, **kwargs))
        except TooManyTries as error:
            if _is_known():
                return claim(*args, **kwargs)
            raise TooManyNewPhones(retry_after_s=error.retry_after_s) from error

    return counted


def _count(claim: Callable[[], Claimed]) -> Claimed:
    rates = f"{services().settings.new_phones_per_hour}/hour"
    with taking_tries(LimitRule("new phones", rates)) as tries:
        tries.counts = False
        claimed = claim()
        tries.counts = not was_known()
        return claimed


def _is_known() -> bool:
    with reading(brief=True) as db:
        return known_phone(db) is not None
