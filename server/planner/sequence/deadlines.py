"""By when each spot of a day should have ended: an even course's deadlines, made consistent with the distances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.model.compiled import Ints, Longs, compiled
from server.planner.sequence.columns import NEVER, Lines


class Deadlines(NamedTuple):
    """begin_of, end_of (S,): from when on each spot may begin, and before which slot it should have ended.

    Part p's spots are those from `spot_of[p]` (P + 1,) on.
    """

    spot_of: Longs
    begin_of: Ints
    end_of: Ints


class Spots(NamedTuple):
    """Whose spot it is, when it is released, at the earliest too, and the slots it takes at most (S,)."""

    line_of: Ints
    begin: Ints
    earliest: Ints
    longest: Ints


@compiled
def deadlines(lines: Lines, gaps: Ints, slots: int, lead: int) -> Deadlines:
    """Spot k of q in a part is due when k + 1 are owed; of those due together that must keep apart only one can wait.

    From the day's end to its beginning each leaves the ones after it their room, but is never due before it may begin:
    d_j = min(d_j, d_k - p_k - gap) where j precedes k (J. Blazewicz, Scheduling dependent tasks with different arrival
    times to meet deadlines, in: Modelling and Performance Evaluation of Computer Systems, North-Holland 1976, 57-65).
    Here those due first precede, and of equals those released first.

    gaps (3,): slots of something else between two of one piece, advertiser, category
    lead: by how many halves of a spot's time one may begin ahead of its even course, where that leaves it no room
    """
    spot_of = np.zeros(len(lines.parts) + 1, np.int64)
    spot_of[1:] = np.cumsum(lines.parts[:, 2])
    spots, end_of = _even_course(lines, spot_of, lead)
    first_of, next_of = _listed(spots, end_of, slots)
    latest = np.full((2, lines.groups.max() + 1 if len(lines.groups) else 0), NEVER, np.int64)
    for slot in range(slots, 0, -1):
        at = first_of[slot]
        while at >= 0:
            advertiser, category = lines.groups[spots.line_of[at]]
            if advertiser >= 0:
                room = min(latest[0, advertiser], latest[1, category] if category >= 0 else NEVER)
                spots.begin[at] = max(spots.earliest[at], min(spots.begin[at], room - spots.longest[at]))
                end_of[at] = min(slot, max(room, spots.begin[at] + spots.longest[at]))
                latest[0, advertiser] = end_of[at] - spots.longest[at] - gaps[1]
                if category >= 0:
                    latest[1, category] = end_of[at] - spots.longest[at] - gaps[2]
            at = next_of[at]
    return Deadlines(spot_of, spots.begin, end_of)


@compiled
def _even_course(lines: Lines, spot_of: Longs, lead: int) -> tuple[Spots, Ints]:
    """Every spot, and when it is due if nothing else is in the way."""
    count = spot_of[-1]
    columns = np.empty((4, count), np.int32)
    spots = Spots(columns[0], columns[1], columns[2], columns[3])
    end_of = np.empty(count, np.int32)
    for line in range(len(lines.part_of) - 1):
        longest = lines.pieces[lines.piece_of[line] : lines.piece_of[line + 1], 1].max()
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            first, owed = np.int64(lines.parts[part, 0]), np.int64(lines.parts[part, 2])
            length = lines.parts[part, 1] - first
            for spot in range(owed):
                at = spot_of[part] + spot
                spots.line_of[at], spots.longest[at] = line, longest
                spots.begin[at] = first + spot * length // owed
                spots.earliest[at] = first + max(0, 2 * spot - lead) * length // (2 * owed)
                end_of[at] = first - (-(spot + 1) * length // owed)
    return spots, end_of


@compiled
def _listed(spots: Spots, end_of: Ints, slots: int) -> tuple[Ints, Ints]:
    """The spots that are due in each slot, the one released last first: the first of them, and of each the next."""
    first_of, next_of = np.full((2, slots + 1), -1, np.int32), np.empty((2, len(end_of)), np.int32)
    for at in range(len(end_of)):
        first_of[0, spots.begin[at]], next_of[0, at] = at, first_of[0, spots.begin[at]]
    for slot in range(slots):
        at = first_of[0, slot]
        while at >= 0:
            first_of[1, end_of[at]], next_of[1, at] = at, first_of[1, end_of[at]]
            at = next_of[0, at]
    return first_of[1], next_of[1]
