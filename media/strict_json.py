"""JSON from outside: valid by the standard, and not nested deeper than any message of ours."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from json import dumps
from typing import Any, NoReturn

from media.characters import without_surrogates

__all__ = ["dumps", "loads"]

MAY_BE_SURROGATE = re.compile(r"\\u[dD]")
MOST_DEEP = 32  # an offer's hours of the week, the deepest that anybody sends, are at 5


def loads(given: str | bytes | bytearray, **more: Any) -> Any:
    """The value. Raises ValueError for what is no JSON, NaN and infinity among it, and for what is nested too deeply.

    Half a surrogate pair becomes U+FFFD, as bytes that are no UTF-8 do in a form. Text nested too deeply is refused
    before other code walks through the value, perhaps recursively.
    """
    text = given if isinstance(given, str) else given.decode("utf-8-sig")
    try:
        value = json.loads(text, **{"parse_constant": _refuse_constant, "parse_float": _read_float, **more})
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _refuse_deep(value)
    return _without_surrogates(value) if MAY_BE_SURROGATE.search(text) else value


def _refuse_deep(value: Any) -> None:
    level = [value]
    for _ in range(MOST_DEEP + 1):
        level = [container for container in level if isinstance(container, (dict, list))]
        if not level:
            return
        level = [inner for container in level for inner in _parts(container)]
    raise ValueError("nested too deeply")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {without_surrogates(name): _without_surrogates(inner) for name, inner in value.items()}
    return [_without_surrogates(inner) for inner in value] if isinstance(value, list) else value


def _parts(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _read_float(digits: str) -> float:
    """1e400 would become infinite, which JSON cannot express."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
