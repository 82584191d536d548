"""Where one more order may play on a planned day: parts of the market's cells, in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.planner.model.network import Market, Numbers, Order, Place, Profile, Rank, ranges_of, spot_limit


@dataclass(frozen=True)
class Parts:
    """The parts of cells where the order may play, class after class: how many places, and slots of each of them.

    most (P,): plays that its own limits allow · worth (P,): thousandths of its goal's unit that one counts
    classes: of the parts; part p is of `classes[turn[p]]`, and class c begins at part `turn_of[c]`
    """

    cell: Numbers
    places: Numbers
    slots: Numbers
    most: Numbers
    worth: Numbers
    classes: Numbers
    turn: Numbers
    turn_of: Numbers
    screens: int


def parts_of(market: Market, order: Order) -> Parts:
    named = _named(market, order)
    by_profile: dict[int, list[int]] = defaultdict(list)
    for one in np.flatnonzero(named).tolist():
        by_profile[id(market.classes[one].profile)].append(one)
    found = [_parts_with(market, order, np.array(numbers, np.int64)) for numbers in by_profile.values()]
    columns = [chained([part[n] for part in found]) for n in range(4)]
    cell, slots, most, worth = (column[np.argsort(columns[0], kind="stable")] for column in columns)
    number = np.searchsorted(market.cell_of, cell, side="right") - 1
    reached, turn_of, turn = np.unique(number, return_index=True, return_inverse=True)
    on = np.array([market.classes[one].screens for one in reached.tolist()], np.int64)
    return Parts(
        cell=cell,
        places=named[number],
        slots=slots,
        most=most * named[number],
        worth=worth * on[turn],
        classes=reached.astype(np.int64),
        turn=turn.astype(np.int64),
        turn_of=turn_of.astype(np.int64),
        screens=int((named[reached] * on).sum()),
    )


def even_plays(order: Order, parts: Parts) -> Numbers:
    """Plays of each part (P,), were the order spread evenly, as `demands.even_plays` counts those of the others."""
    space = parts.slots * parts.places
    if order.share is not None:
        return np.asarray(space * float(order.share / order.slots))
    demand = np.zeros_like(parts.turn) if order.each is None else parts.turn
    wanted = float(order.plays or 0) if order.each is None else float(order.each) * parts.places
    whole = np.bincount(demand, space * parts.worth)[demand]
    return np.asarray(space * 1000 * wanted / np.maximum(whole, 1))


def _named(market: Market, order: Order) -> Numbers:
    """Of each class, how many places the order may have."""
    places = market.day.places
    if order.targets | order.barred <= market.day.named:
        # Then its places are all alike.
        counts = (len(one.members) if _is_named(places[one.members[0]], order) else 0 for one in market.classes)
        return np.fromiter(counts, np.int64, len(market.classes))
    wanted = np.fromiter((_is_named(place, order) for place in places), bool, len(places))
    number = np.zeros(len(places), np.int64)
    for n, one in enumerate(market.classes):
        number[one.members] = n
    return np.bincount(number[wanted], minlength=len(market.classes)).astype(np.int64)


def _is_named(place: Place, order: Order) -> bool:
    return (not order.targets or not order.targets.isdisjoint(place.traits)) and order.barred.isdisjoint(place.traits)


def _parts_with(market: Market, order: Order, classes: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Cell, slots, plays that fit on one place and their worth there, for classes of one profile."""
    profile = market.classes[int(classes[0])].profile
    cells = np.concatenate([market.classes[number].cells for number in classes.tolist()])
    cell = np.concatenate([np.arange(market.cell_of[n], market.cell_of[n + 1]) for n in classes.tolist()])
    slots, most = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    gap = 0 if order.rank == Rank.TAKEOVER else market.day.apart.creative
    hour = 3_600_000 // market.day.slot_ms
    for first, end in ranges_of(order, profile, market.day.slot_ms)[1]:
        if end - first < order.longest:
            continue
        shared = np.maximum(np.minimum(cells[:, 1], end) - np.maximum(cells[:, 0], first), 0)
        passed = np.clip(cells[:, 0] - first, 0, end - first)
        spots = spot_limit(passed + shared, order.slots, gap)
        spots = np.where(shared > 0, spots - np.where(passed > 0, spot_limit(passed, order.slots, gap), 0), 0)
        slots += shared
        most += spots if order.hourly is None else np.minimum(spots, -(-shared * order.hourly // hour))
    there = slots > 0
    return cell[there], slots[there], most[there], _worth(order, profile, cells[there])


def _worth(order: Order, profile: Profile, cells: Numbers) -> Numbers:
    worth = np.full(len(cells), 1000, np.int64)
    for (first, end), count in reversed(profile.impressions if order.impressions else ()):
        worth[(cells[:, 0] >= first) & (cells[:, 1] <= end)] = count
    return worth


def chained(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
