"""Where one more order may play on a planned day: parts of the market's cells, in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.planner.model.arrays import END, FIRST, Numbers
from server.planner.model.days import HOUR_MS
from server.planner.model.hours import hours_of
from server.planner.model.market import Market, spot_limit
from server.planner.model.network import Order, Place, Profile, Rank


@dataclass(frozen=True)
class OrderCells:
    """The P parts of cells in which the order may play, class after class.

    cell (P,): of the market · places, slots (P,): how many places, and slots of each of them
    most (P,): plays that the order's own limits allow · worth (P,): thousandths of its goal's unit that one play counts
    classes: those with parts; part p is of `classes[turn[p]]`, and the parts of `classes[c]` begin at `turn_of[c]`
    screens: on all places together
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


def order_cells(market: Market, order: Order) -> OrderCells:
    places_of_class = _qualifying_places(market, order)
    by_profile: dict[int, list[int]] = defaultdict(list)
    for number in np.flatnonzero(places_of_class).tolist():
        by_profile[id(market.classes[number].profile)].append(number)
    parts = [_cells_of_profile(market, order, np.array(numbers, np.int64)) for numbers in by_profile.values()]
    columns = [concatenated([part[n] for part in parts]) for n in range(4)]
    cell, slots, most, worth = (column[np.argsort(columns[0], kind="stable")] for column in columns)
    class_of = np.searchsorted(market.cell_of, cell, side="right") - 1
    reached, turn_of, turn = np.unique(class_of, return_index=True, return_inverse=True)
    screens = np.array([market.classes[number].screens for number in reached.tolist()], np.int64)
    return OrderCells(
        cell=cell,
        places=places_of_class[class_of],
        slots=slots,
        most=most * places_of_class[class_of],
        worth=worth * screens[turn],
        classes=reached.astype(np.int64),
        turn=turn.astype(np.int64),
        turn_of=turn_of.astype(np.int64),
        screens=int((places_of_class[reached] * screens).sum()),
    )


def even_plays(order: Order, parts: OrderCells) -> Numbers:
    """Plays of each part (P,), were the order spread evenly; `demands.even_plays` is the same for the other orders."""
    space = parts.slots * parts.places
    if order.share is not None:
        return np.asarray(space * float(order.share / order.slots))
    demand = np.zeros_like(parts.turn) if order.each is None else parts.turn
    wanted = float(order.plays or 0) if order.each is None else float(order.each) * parts.places
    whole = np.bincount(demand, space * parts.worth)[demand]
    return np.asarray(space * 1000 * wanted / np.maximum(whole, 1))


def _qualifying_places(market: Market, order: Order) -> Numbers:
    """Of each class, the number of places on which the order may play."""
    places = market.day.places
    if order.targets | order.barred <= market.day.named:
        # No new trait: either all places of a class qualify or none.
        counts = (
            len(place_class.members) if _qualifies(places[place_class.members[0]], order) else 0
            for place_class in market.classes
        )
        return np.fromiter(counts, np.int64, len(market.classes))
    wanted = np.fromiter((_qualifies(place, order) for place in places), bool, len(places))
    number = np.zeros(len(places), np.int64)
    for n, place_class in enumerate(market.classes):
        number[place_class.members] = n
    return np.bincount(number[wanted], minlength=len(market.classes)).astype(np.int64)


def _qualifies(place: Place, order: Order) -> bool:
    return (not order.targets or not order.targets.isdisjoint(place.traits)) and order.barred.isdisjoint(place.traits)


def _cells_of_profile(market: Market, order: Order, classes: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Cell, slots, plays that fit on one place, and their worth on one screen, for classes of one profile."""
    profile = market.classes[int(classes[0])].profile
    cells = np.concatenate([market.classes[number].cells for number in classes.tolist()])
    cell = np.concatenate([np.arange(market.cell_of[n], market.cell_of[n + 1]) for n in classes.tolist()])
    slots, most = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    gap = 0 if order.rank == Rank.TAKEOVER else market.day.apart.creative
    hour = HOUR_MS // market.day.slot_ms
    for first, end in hours_of(order, profile, market.day.slot_ms).owed:
        if end - first < order.longest:
            continue
        shared = np.maximum(np.minimum(cells[:, END], end) - np.maximum(cells[:, FIRST], first), 0)
        passed = np.clip(cells[:, FIRST] - first, 0, end - first)
        # As `market._most_spots`: the limit up to the cell's end, less that up to its beginning.
        spots = spot_limit(passed + shared, order.slots, gap)
        spots = np.where(shared > 0, spots - np.where(passed > 0, spot_limit(passed, order.slots, gap), 0), 0)
        slots += shared
        most += spots if order.hourly is None else np.minimum(spots, -(-shared * order.hourly // hour))
    playable = slots > 0
    return cell[playable], slots[playable], most[playable], _worth(order, profile, cells[playable])


def _worth(order: Order, profile: Profile, cells: Numbers) -> Numbers:
    worth = np.full(len(cells), 1000, np.int64)
    for (first, end), count in reversed(profile.impressions if order.impressions else ()):
        worth[(cells[:, FIRST] >= first) & (cells[:, END] <= end)] = count
    return worth


def concatenated(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
