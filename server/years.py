"""The range of years that requests may name: every zone can compute with them, and no day is the last one of a date."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, NaiveDatetime, WithJsonSchema

from server.errors import Invalid

FIRST, LAST = 2000, 2199

When = TypeVar("When", bound=date)


class YearTooFar(Invalid):
    """This date is too far away. Choose a day from the year 2000 to the year 2199."""


def in_reach(when: When) -> When:
    if not FIRST <= when.year <= LAST:
        raise YearTooFar
    return when


IN_REACH = r"^2[01]\d\d-"
Day = Annotated[
    date, AfterValidator(in_reach), WithJsonSchema({"type": "string", "format": "date", "pattern": IN_REACH})
]
# Without a zone: the time on a wall clock.
LocalMoment = Annotated[NaiveDatetime, AfterValidator(in_reach)]
Moment = Annotated[
    AwareDatetime,
    AfterValidator(in_reach),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": IN_REACH}),
]
