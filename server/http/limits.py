"""How often someone may try: sign-in, one-time links, enrolment, codes that are wrong, first claims of new phones.

Every refusal is a 429 that says when to come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, make_response, request
from limits import RateLimitItem, parse_many
from werkzeug.exceptions import HTTPException

from media.networks import network_of
from server.errors import LiftcastError
from server.http.tries import Limit, Tries, TryCounter
from server.redis_link import RedisLink

View = TypeVar("View", bound=Callable[..., Any])

STORED_PLAYS = "400000/day"


def asking_network() -> str:
    """The network from which this request comes."""
    return network_of(request.remote_addr or "127.0.0.1")


@dataclass(frozen=True)
class LimitRule:
    """`rates` like "10/minute;60/hour", for tries of one kind by each `whose()`; each counts as so many."""

    kind: str
    rates: str
    whose: Callable[[], str] = asking_network
    counts_as: int = 1

    def limits(self) -> list[Limit]:
        whose = self.whose()
        return [Limit(rate, self.kind, whose, self.counts_as) for rate in _parsed(self.rates)]


def sending(what: str, player_id: str) -> LimitRule:
    """How often one box may send its statuses, plays, pictures or leases: many times what one that is well sends."""
    return LimitRule(f"sending {what}", "120/minute", lambda: player_id)


def storing_plays(number: int, player_id: str) -> LimitRule:
    """How many plays of one box are stored: a day has 17,280 slots, the journal of a box that was offline 300,000 rows.

    Plays that a box invents do not count; this bounds the space that they take on the disk.
    """
    return LimitRule("stored plays", STORED_PLAYS, lambda: player_id, counts_as=number)


@cache
def _parsed(rates: str) -> list[RateLimitItem]:
    return parse_many(rates)


def install_limits(app: Flask, link: RedisLink | None) -> None:
    """Counts are shared through Redis where there is one, else they are this process's."""
    app.extensions["tries"] = TryCounter(link)


def try_counter(app: Flask) -> TryCounter:
    return cast(TryCounter, app.extensions["tries"])


@contextmanager
def taking_tries(*rules: LimitRule) -> Iterator[Tries]:
    """A try under each rule for as long as the block runs. Raises TooManyTries, TriesUnderWay.

    The body is read before: a slow sender must not keep others from trying.
    """
    request.get_data(parse_form_data=True)
    with counting_tries(*rules) as tries:
        yield tries


@contextmanager
def counting_tries(*rules: LimitRule) -> Iterator[Tries]:
    """The same for what has no body: a message on a socket."""
    with try_counter(current_app).taking([limit for rule in rules for limit in rule.limits()]) as tries:
        yield tries


def limit_tries(*rules: LimitRule, counts: Callable[[int], bool] = lambda status: True) -> Callable[[View], View]:
    """A try counts if `counts` holds for the status of its answer; all do where no `counts` is given."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Response:
            with taking_tries(*rules) as tries:
                try:
                    answer = make_response(view(*args, **kwargs))
                except Exception as error:
                    if not counts(_status_of(error)):
                        tries.give_back()
                    raise
                if not counts(answer.status_code):
                    tries.give_back()
                return answer

        return cast(View, limited)

    return decorate


def _status_of(error: Exception) -> int:
    """The status with which this error is answered."""
    if isinstance(error, LiftcastError):
        return error.status
    return (isinstance(error, HTTPException) and error.code) or LiftcastError.status
