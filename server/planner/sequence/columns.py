"""A day's lines in columns, as the compiled loops take them, and the numbers that all of these loops know."""

from __future__ import annotations

from typing import NamedTuple

from server.planner.model.compiled import Bytes, Ints

NEVER = 1 << 30
LONG_AGO = -NEVER
HOUSE = 0
OFF = 65535
NO_LINE = -1


class Lines(NamedTuple):
    """L lines in columns.

    part_of (L + 1,): where a line's parts begin · parts (P, 3): first slot, end, spots owed; in order, not overlapping
    urgent (L,): whether the first spot is due at once
    capped (L,): whether a spot may begin only in the part that owes it, since the parts of an hour share a cap
    groups (L, 2): advertiser, −1 for one that follows itself, and category, −1 for none
    piece_of (L + 1,): where a line's creatives begin · pieces (K, 3): number, slots, weight · line_of (K,): their lines
    lags (K,): how far each creative is behind its weight; changed
    """

    part_of: Ints
    parts: Ints
    urgent: Bytes
    capped: Bytes
    groups: Ints
    piece_of: Ints
    pieces: Ints
    line_of: Ints
    lags: Ints
