"""Weekly opening hours: weekday 0 (Monday) to 6, each with spans of minutes [from, until), until at most 1440."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from server.errors import Invalid

DAY_MIN = 1440
WEEKDAYS = tuple("0123456")

Hours = dict[str, list[list[int]]]


class BadHours(Invalid):
    """These opening hours cannot be used. Give weekdays 0 to 6 spans of minutes like [480, 1320], in order and apart;
    what goes past midnight belongs to the next day."""


def read_hours(given: Mapping[Any, Any] | None) -> Hours:
    """Checked hours with all seven weekdays; a weekday that is not named is closed; nothing at all: always open."""
    if not given:
        return {}
    if not isinstance(given, Mapping):
        raise BadHours
    named = {str(weekday): spans for weekday, spans in given.items()}
    if set(named) - set(WEEKDAYS):
        raise BadHours
    hours = {weekday: _spans(named.get(weekday, [])) for weekday in WEEKDAYS}
    if not any(hours.values()):
        raise BadHours("These hours are never open.", remedy="Retire the venue instead, or leave the hours empty.")
    return hours


def _spans(given: Any) -> list[list[int]]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise BadHours
    spans = [_span(span) for span in given]
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise BadHours
    return spans


def _span(given: Any) -> list[int]:
    if not isinstance(given, Sequence) or len(given) != 2 or not all(type(minute) is int for minute in given):
        raise BadHours
    begins, ends = given
    if not 0 <= begins < ends <= DAY_MIN:
        raise BadHours
    return [begins, ends]
