"""How many new phones may claim from one address: whoever keeps no cookie is a new phone each time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, make_response
from flask.typing import ResponseReturnValue

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


def limit_new_phones(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Only a claim that was written for a new phone counts: requests that claim nothing lock nobody out.

    The claim itself meets the phone: to look before it as well would cost every claim a read, and is done only where
    a refusal is at stake.
    """

    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            return _count(lambda: view(*args, **kwargs))
        except TooManyTries as error:
            if _is_known():
                return view(*args, **kwargs)
            raise TooManyNewPhones(retry_after_s=error.retry_after_s) from error

    return counted


def _count(claim: Callable[[], ResponseReturnValue]) -> Response:
    rates = f"{services().settings.new_phones_per_hour}/hour"
    with taking_tries(LimitRule("new phones", rates)) as tries:
        tries.counts = False
        answer = make_response(claim())
        tries.counts = answer.status_code < 400 and not was_known()
        return answer


def _is_known() -> bool:
    with reading() as db:
        return known_phone(db) is not None
