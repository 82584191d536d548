"""Deal a class's plays out to its places: everyone gets the floor or the ceiling of the mean.

An order's odd plays go to the places that have least so far, those first that have fewest of its category, then of its
advertiser, then of the order on that day. With spots of one length this is dealing cards in turn: orders, advertisers
and categories are then each within one play of even on every place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.planner.allot import Allotment
from server.planner.compiled import Words, compiled
from server.planner.network import Market, Numbers

Counts = Words


@dataclass(frozen=True)
class Dealt:
    """Of one class: plays (rows, orders, cells), each row once, and `row_of` (members,) for each of its places."""

    plays: Counts
    row_of: Numbers

    def totals(self) -> Numbers:
        """Plays on all places together (orders, cells)."""
        times = np.bincount(self.row_of, minlength=len(self.plays))
        return np.tensordot(times, self.plays.astype(np.int64), axes=1)


def deal(market: Market, allotment: Allotment, before: Sequence[Dealt] | None = None) -> list[Dealt]:
    """For each class, what each of its places shows in each cell; what they had `before` is kept to."""
    return [
        deal_class(market, allotment, number, before[number] if before is not None else None)
        for number in range(len(market.classes))
    ]


def deal_class(market: Market, allotment: Allotment, number: int, before: Dealt | None = None) -> Dealt:
    one = market.classes[number]
    first, end = market.edge_of[number], market.edge_of[number + 1]
    plays = np.zeros(one.may.shape, np.int64)
    plays[one.may] = allotment.plays[first:end]
    if before is not None and np.array_equal(before.totals(), plays):
        return before
    length = np.zeros(one.may.shape, np.int64)
    length[one.may] = allotment.room.length[first:end]
    lengths = length.max(axis=1, initial=0)
    category, advertiser = market.category[one.orders], market.advertiser[one.orders]
    turn = np.lexsort((one.orders, advertiser, category, -lengths))
    room = (one.cells[:, 1] - one.cells[:, 0]) * allotment.room.grain
    empty = np.zeros((len(one.members), *plays.shape), np.uint16)
    dealt = empty if before is None else before.plays[before.row_of]
    _deal(plays, lengths, _packed(category), _packed(advertiser), turn, room, dealt)
    return _once(dealt)


def _packed(groups: Numbers) -> Numbers:
    """Small numbers for the groups of a class; those that keep apart from nobody share the last one."""
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _once(dealt: Counts) -> Dealt:
    rows: dict[bytes, int] = {}
    row_of = np.array([rows.setdefault(row.tobytes(), len(rows)) for row in dealt], np.int64)
    first = np.unique(row_of, return_index=True)[1]
    return Dealt(dealt[first], row_of)


@compiled
def _deal(
    plays: Numbers, lengths: Numbers, category: Numbers, advertiser: Numbers, turn: Numbers, room: Numbers,
    dealt: Counts,
) -> None:  # fmt: skip
    places = len(dealt)
    today = np.zeros((len(plays), places), np.int64)
    for place in range(places):
        for order in range(len(plays)):
            today[order, place] = dealt[place, order].sum()
    for cell in range(plays.shape[1]):
        load = np.zeros(places, np.int64)
        for place in range(places):
            for order in range(len(plays)):
                load[place] += dealt[place, order, cell] * lengths[order]
        of_category = np.zeros((len(plays) + 1, places), np.int64)
        of_advertiser = np.zeros((len(plays) + 1, places), np.int64)
        for order in turn:
            had = dealt[:, order, cell].astype(np.int64)
            more = plays[order, cell] - had.sum()
            while more < 0:
                # Those give back first that have most of the order, then those that have most of all.
                for place in np.argsort(-((had << 32) + load), kind="mergesort")[: min(-more, places)]:
                    if had[place] == 0:
                        continue
                    _change(dealt, place, order, cell, -1, lengths, load, today)
                    had[place] -= 1
                    more += 1
            if more == 0:
                continue
            for place in range(places):
                _change(dealt, place, order, cell, more // places, lengths, load, today)
            key = (load << 24) + (np.minimum(of_category[category[order]], 255) << 16)
            key += (np.minimum(of_advertiser[advertiser[order]], 255) << 8) + np.minimum(today[order], 255)
            key += (had - had.min()) << 48
            for place in np.argsort(key, kind="mergesort")[: more % places]:
                _change(dealt, place, order, cell, 1, lengths, load, today)
                of_category[category[order], place] += 1
                of_advertiser[advertiser[order], place] += 1
        _level(lengths, room[cell], cell, load, dealt)


@compiled
def _change(
    dealt: Counts, place: int, order: int, cell: int, by: int, lengths: Numbers, load: Numbers, today: Numbers
) -> None:
    dealt[place, order, cell] += by
    load[place] += by * lengths[order]
    today[order, place] += by


@compiled
def _level(lengths: Numbers, room: int, cell: int, load: Numbers, dealt: Counts) -> None:
    """Where unequal lengths made a place too full, move odd plays of it to places with room."""
    for full in range(len(dealt)):
        for order in range(len(lengths)):
            if load[full] <= room:
                break
            for other in range(len(dealt)):
                if dealt[other, order, cell] < dealt[full, order, cell] and load[other] + lengths[order] <= room:
                    dealt[other, order, cell] += 1
                    dealt[full, order, cell] -= 1
                    load[other] += lengths[order]
                    load[full] -= lengths[order]
                    break
