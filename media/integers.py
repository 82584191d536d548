"""Whole-number arithmetic that server and player share."""

from __future__ import annotations


def ceil_div(dividend: int, divisor: int) -> int:
    """The quotient, rounded up; exact for integers of any size, unlike `math.ceil` of a float."""
    return -(-dividend // divisor)
