"""How often someone may type a wrong enrolment code: somebody who goes on guessing would get another's box."""

from __future__ import annotations

from server.http.limits import LimitRule, limit_tries
from server.screens.enrol.enrolment import CodeExpired, WrongCode
from server.web.identity.auth import current_who

WRONG_CODES = "10 per 10 minutes"


def _who_key() -> str:
    return current_who().id


limit_wrong_enrolments = limit_tries(
    LimitRule("wrong enrolment codes address", WRONG_CODES),
    LimitRule("wrong enrolment codes person", WRONG_CODES, _who_key),
    counts=lambda status: status in (WrongCode.status, CodeExpired.status),
)
