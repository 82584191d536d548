"""Weekly opening hours: weekday 0 (Monday) to 6, each with spans of minutes [from, until), until at most 1440."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from server.errors import Invalid
from server.screens.texts import read_text

DAY_MIN = 1440
DAYS_MOST = 100
BARRED_MOST = 50
WEEKDAYS = tuple("0123456")

Hours = dict[str, list[list[int]]]


class BadHours(Invalid):
    """These opening hours cannot be used. Give weekdays 0 to 6 spans of minutes like [480, 1320], in order and apart;
    the part past midnight belongs to the next day."""


class BadAdvertFreeDays(Invalid):
    """These advert-free days cannot be used. Give at most 100 dates like 2026-12-13."""


class BadBarred(Invalid):
    """These barred categories cannot be used. Give each a category of up to 40 characters, and weekly hours or none."""


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


def read_spans(given: Mapping[Any, Any] | None) -> Hours:
    """Weekly hours of a rule, checked; a rule may name no hours."""
    lines = given.values() if isinstance(given, Mapping) else ()
    return read_hours(given) if not isinstance(given, Mapping) or any(lines) else {}


def read_days(given: Any) -> list[str]:
    """Dates in order, each once."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadAdvertFreeDays
    try:
        days = sorted({date.fromisoformat(str(day)).isoformat() for day in given})
    except ValueError as error:
        raise BadAdvertFreeDays from error
    if len(days) > DAYS_MOST:
        raise BadAdvertFreeDays
    return days


def read_barred(given: Any) -> list[dict[str, Any]]:
    """Categories, each once, in the order of the alphabet; without hours it is barred at any time."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadBarred
    rules = [_rule(rule) for rule in given]
    categories = [rule["category"].casefold() for rule in rules]
    if len(set(categories)) != len(rules) or len(rules) > BARRED_MOST:
        raise BadBarred
    return sorted(rules, key=lambda rule: str(rule["category"]).casefold())


def _rule(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or set(given) - {"category", "hours"}:
        raise BadBarred
    category = read_text(given.get("category", ""), "A barred category", least=1, most=40)
    return {"category": category, "hours": read_spans(given.get("hours"))}


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
