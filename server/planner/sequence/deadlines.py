"""When each spot of a day may begin and must have ended: the deadlines of an even course, made consistent with
distances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.model.arrays import END, FIRST, SPOTS
from server.planner.model.compiled import Ints, Longs, compiled
from server.planner.sequence.columns import ADVERTISER, BY_ADVERTISER, BY_CATEGORY, CATEGORY, LENGTH, NEVER, Lines


class Deadlines(NamedTuple):
    """spot_of (P + 1,): the first spot of each part
    begin_of, end_of (S,): the slot from which each spot may begin, and the slot before which it should have ended
    """

    spot_of: Longs
    begin_of: Ints
    end_of: Ints


class Spots(NamedTuple):
    """Of each spot (S,): its line, its release, the earliest release that `lead` allows, and the slots of the line's
    longest creative, for it is not known yet which of them will be shown."""

    line_of: Ints
    begin: Ints
    earliest: Ints
    longest: Ints


@compiled
def deadlines(lines: Lines, gaps: Ints, slots: int, lead: int) -> Deadlines:
    """Release and deadline of every spot.

    On its even course spot k of q in a part is due when k + 1 are owed. Of several spots that are due together and must
    be kept apart, only one can wait until then. So, from the day's end to its beginning, each spot's deadline is moved
    ahead until the spots after it in its group have room, but never before the spot can have ended:
    d_j = min(d_j, d_k - p_k - gap) where j precedes k (J. Blazewicz, Scheduling dependent tasks with different arrival
    times to meet deadlines, in: Modelling and Performance Evaluation of Computer Systems, North-Holland 1976, 57-65).
    Here the spots that are due first precede the others, and of equals those released first.

    `latest` holds, of each advertiser and category, the slot by which the next spot towards the day's beginning must
    have ended. Each slot's spots are visited with the last released first; each visit lowers these limits.

    gaps (3,): slots of something else between two of one piece, advertiser, category
    lead: by how many halves of its own time (a part's length divided by its spots) a spot may be released ahead of its
    even course, where its deadline would otherwise leave it no room
    """
    spot_of = np.zeros(len(lines.parts) + 1, np.int64)
    spot_of[1:] = np.cumsum(lines.parts[:, SPOTS])
    spots, end_of = _even_course(lines, spot_of, lead)
    first_of, next_of = _listed_by_end(spots, end_of, slots)
    latest = np.full((2, lines.groups.max() + 1 if len(lines.groups) else 0), NEVER, np.int64)
    # The lists are by the even course: a spot whose deadline moves ahead stays in its list and is visited once.
    for slot in range(slots, 0, -1):
        at = first_of[slot]
        while at >= 0:
            advertiser, category = lines.groups[spots.line_of[at]]
            if advertiser >= 0:
                # It must end before the later spots of its groups begin, less the distance: `latest` has that slot.
                room = min(latest[ADVERTISER, advertiser], latest[CATEGORY, category] if category >= 0 else NEVER)
                spots.begin[at] = max(spots.earliest[at], min(spots.begin[at], room - spots.longest[at]))
                # Never before it can have ended, even beyond the groups' limit: then some spot will be late.
                end_of[at] = min(slot, max(room, spots.begin[at] + spots.longest[at]))
                latest[ADVERTISER, advertiser] = end_of[at] - spots.longest[at] - gaps[BY_ADVERTISER]
                if category >= 0:
                    latest[CATEGORY, category] = end_of[at] - spots.longest[at] - gaps[BY_CATEGORY]
            at = next_of[at]
    return Deadlines(spot_of, spots.begin, end_of)


@compiled
def _even_course(lines: Lines, spot_of: Longs, lead: int) -> tuple[Spots, Ints]:
    """Every spot, and the slot before which it should end (S,) on an even course.

    Spot k of q in a part of n slots is released at k · n // q and due at (k + 1) · n / q, rounded up.
    """
    count = spot_of[-1]
    columns = np.empty((4, count), np.int32)
    spots = Spots(columns[0], columns[1], columns[2], columns[3])
    end_of = np.empty(count, np.int32)
    for line in range(len(lines.part_of) - 1):
        longest = lines.pieces[lines.piece_of[line] : lines.piece_of[line + 1], LENGTH].max()
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            first, owed = np.int64(lines.parts[part, FIRST]), np.int64(lines.parts[part, SPOTS])
            length = lines.parts[part, END] - first
            for spot in range(owed):
                at = spot_of[part] + spot
                spots.line_of[at], spots.longest[at] = line, longest
                spots.begin[at] = first + spot * length // owed
                spots.earliest[at] = first + max(0, 2 * spot - lead) * length // (2 * owed)
                # Minus, floor division, minus: rounded up.
                end_of[at] = first - (-(spot + 1) * length // owed)
    return spots, end_of


@compiled
def _listed_by_end(spots: Spots, end_of: Ints, slots: int) -> tuple[Ints, Ints]:
    """The spots that are due in each slot, the one released last first, as linked lists: the head of each slot (N + 1,)
    and the spot after each (S,), −1 at the end. Two passes of a bucket sort, by release and then by deadline."""
    first_of, next_of = np.full((2, slots + 1), -1, np.int32), np.empty((2, len(end_of)), np.int32)
    for at in range(len(end_of)):
        first_of[0, spots.begin[at]], next_of[0, at] = at, first_of[0, spots.begin[at]]
    # Pushing to the front turns an order round: walked by release, each list has the last released first.
    for slot in range(slots):
        at = first_of[0, slot]
        while at >= 0:
            first_of[1, end_of[at]], next_of[1, at] = at, first_of[1, end_of[at]]
            at = next_of[0, at]
    return first_of[1], next_of[1]
