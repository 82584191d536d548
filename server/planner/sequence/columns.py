"""A day's lines in columns, as the compiled loops take them, and the constants that all of these loops share.

A compiled loop takes arrays and NamedTuples of arrays only, so rows of an array are read by the column
numbers below; those of `Lines.parts` are FIRST, END and SPOTS of model/arrays.py.
"""

from __future__ import annotations

from typing import NamedTuple

from server.planner.model.compiled import Bytes, Ints

# Slots later, or earlier, than any day has.
NEVER = 1 << 30
LONG_AGO = -NEVER
# Values of a slot beside pieces, whose numbers start at 1.
HOUSE = 0
OFF = 65535
NO_LINE = -1

# Columns of `Lines.pieces`.
NUMBER, LENGTH, WEIGHT = 0, 1, 2
# Columns of `Lines.groups`.
ADVERTISER, CATEGORY = 0, 1
# The three distances: entries of `gaps` (3,), and rows of `ends` (3, G).
BY_PIECE, BY_ADVERTISER, BY_CATEGORY = 0, 1, 2


class Lines(NamedTuple):
    """L lines in columns.

    part_of (L + 1,): the first part of each line · parts (P, 3): first slot, end, spots owed; sorted, not overlapping
    urgent (L,): whether the first spot is due at once
    capped (L,): whether a spot may begin only in the part that owes it, since the parts of an hour share a cap
    groups (L, 2): advertiser, −1 for a line whose spots may follow each other, and category, −1 for none
    piece_of (L + 1,): the first creative of each line · pieces (K, 3): number, slots, weight · line_of (K,): its line
    lags (K,): how far each creative is behind its weight; the loops change it
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
