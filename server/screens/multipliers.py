"""Impressions of one play on a screen: one number, 24 for the hours of a day, or 168 for those of a week.

The source of the measurement is a number of AdCOM's list of DOOH multiplier sources, for OpenRTB's `imp.qty`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from math import isfinite
from typing import Any

from server.errors import Invalid
from server.screens.texts import read_text

DAY_HOURS = 24
COUNTS = (0, 1, DAY_HOURS, 7 * DAY_HOURS)
MOST = 1000
PLAIN_MILLI = 1000


class MultiplierSource(IntEnum):
    UNKNOWN = 0
    VENDOR = 1
    PUBLISHER = 2
    EXCHANGE = 3


class BadMultipliers(Invalid):
    """These impressions of a play cannot be used. Give one number, 24 for the hours of a day, or 168 for those of a
    week from Monday on, each from 0 to 1000 and not all of them 0."""


class BadMultiplierSource(Invalid):
    """This source of multipliers is not known. Choose unknown, measurement vendor, publisher or exchange."""


class VendorMissing(Invalid):
    """Multipliers that a vendor measured need the vendor's name. Name the vendor, or choose another source."""


def read_multipliers(given: Any) -> list[float]:
    """Checked, to thousandths. None at all: every play is one impression."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadMultipliers
    numbers = list(given)
    if len(numbers) not in COUNTS or not all(_is_multiplier(number) for number in numbers):
        raise BadMultipliers
    rounded = [round(float(number), 3) for number in numbers]
    if rounded and not any(rounded):
        raise BadMultipliers
    return rounded


def _is_multiplier(given: Any) -> bool:
    return type(given) in (int, float) and isfinite(given) and 0 <= given <= MOST


def read_source(given: Any) -> int:
    try:
        return MultiplierSource(given).value
    except ValueError as error:
        raise BadMultiplierSource from error


def read_vendor(given: Any) -> str:
    return read_text(given, "The vendor's name", most=80)


def check_vendor(source: int, vendor: str) -> None:
    if source == MultiplierSource.VENDOR and not vendor:
        raise VendorMissing


def milli_at(multipliers: Sequence[float], weekday: int, hour: int) -> int:
    """Thousandths of an impression that a play counts in this hour by the venue's clock; weekday 0 is Monday."""
    if not multipliers:
        return PLAIN_MILLI
    return round(1000 * multipliers[(weekday * DAY_HOURS + hour) % len(multipliers)])
