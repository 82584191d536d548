"""JSON from outside: only what the standard calls JSON, and not nested deeper than any message of ours."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from json import dumps
from typing import Any, NoReturn

__all__ = ["dumps", "loads"]

MOST_DEEP = 32  # an offer's hours of the week, the deepest that anybody sends, are at 5


def loads(given: str | bytes | bytearray, **more: Any) -> Any:
    """The value. Raises ValueError for what is no JSON, NaN and infinity among it, and for what is nested too deeply.

    The check comes before anything walks through the value, for whatever does may do so recursively.
    """
    try:
        value = json.loads(given, **{"parse_constant": _refuse_constant, "parse_float": _read_float, **more})
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _refuse_deep(value)
    return value


def _refuse_deep(value: Any) -> None:
    level = [value]
    for _ in range(MOST_DEEP + 1):
        level = [inner for outer in level for inner in _parts(outer)]
        if not level:
            return
    raise ValueError("nested too deeply")


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _read_float(digits: str) -> float:
    """1e400 would become infinite, which no JSON can tell again."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
