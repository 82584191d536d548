"""What room a planned day still has for one more order, without anyone losing a play that was sold.

First what is free at once, cell by cell. If that is too little, what becomes free when others are moved to where there
is room: a maximum flow over what the day's allotment leaves, and back over what it gave (by blocking flows, E. A.
Dinic, Soviet Math. Doklady 11 (1970) 1277-1280). It counts whole plays of the order's length, and ends when all that
was asked is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.planner.compiled import compiled
from server.planner.network import HEADROOM, Flags, Market, Numbers, Order, Profile, Rank, ranges_of, spot_limit
from server.planner.network import wanted_of as wanted_of_place
from server.planner.places import NetworkPlan

# The largest share that fits is told in tenths of a percent.
SHARES = 1000


@dataclass(frozen=True)
class Spare:
    """plays: free for the order, in the unit of its goal · screens: on so many it may play · most: the largest share,
    or plays on every screen, that fits, up to what was asked · exact: not one more fits; else there may be more
    enough: all that was asked fits; of a share, but for less than a spot in each part of a screen's day
    """

    plays: int
    screens: int
    exact: bool
    most: Fraction | None = None
    enough: bool = False


def spare(plan: NetworkPlan, order: Order, *, sold: Rank | None = None) -> Spare:
    """The room for an order that is not in the plan, or, of the same booking, instead of the one that is.

    sold: the lowest rank that loses nothing, at least the order's own; what lower ranks have counts as free. Where the
    order's hours cut a cell, or its targets a class, its part of it has its part of the room, and the answer is not
    called exact. What venues reserve for their own notices only a takeover gets.
    """
    parts = _parts_of(plan.market, order)
    room = _room_for(plan, order, parts, max(order.rank, order.rank if sold is None else sold))
    at_once = int((room.at_once * parts.worth).sum()) // 1000
    if order.plays is None:
        most, all_of_it = _largest(plan.market, room, order, parts)
        enough = all_of_it or _fits_rounded_down(room, order, parts)
        return Spare(at_once, parts.screens, exact=room.whole and not all_of_it, most=most, enough=enough)
    alike = len(parts.worth) > 0 and bool((parts.worth == parts.worth[0]).all())
    if at_once >= order.plays or not alike:
        # Plays that count differently from place to place are moved by no plan: what is free at once is all.
        return Spare(at_once, parts.screens, exact=False, enough=at_once >= order.plays)
    worth = int(parts.worth[0])
    asked = -(-order.plays * 1000 // worth)
    found = int(_flow(room, np.zeros(len(parts.cell), np.int64), np.array([asked], np.int64)).sum())
    plays = max(at_once, found * worth // 1000)
    return Spare(plays, parts.screens, exact=room.whole and found < asked, enough=plays >= order.plays)


# --- shares, and plays on every screen: the largest that fits


def _largest(market: Market, room: _Room, order: Order, parts: _Parts) -> tuple[Fraction, bool]:
    """What fits on every screen, and whether that is all that was asked."""
    asked = _asked(order)
    if not len(parts.cell):
        return Fraction(0), False
    step = Fraction(1, SHARES) if order.share is not None else Fraction(1)
    wanted: Callable[[Fraction], Numbers] = lambda size: _wanted(market, order, parts, size)  # noqa: E731
    node = np.arange(len(parts.cell)) if order.share is not None else parts.turn

    def at_once(size: Fraction) -> bool:
        return bool((np.bincount(node, room.at_once) >= wanted(size)).all())

    def after_moves(size: Fraction) -> bool:
        demand = wanted(size)
        return bool((_flow(room, node, demand) >= demand).all())

    def in_the_network(size: Fraction) -> bool:
        return bool(wanted(size).sum() <= room.drain.sum())

    if at_once(asked) or (in_the_network(asked) and after_moves(asked)):
        return asked, True
    # Both bounds cost next to nothing, and leave little to try between them.
    most = _last(lambda steps: in_the_network(steps * step), 0, -(-asked // step) - 1)
    least = _last(lambda steps: at_once(steps * step), 0, most)
    return step * _last(lambda steps: after_moves(steps * step), least, most), False


def _fits_rounded_down(room: _Room, order: Order, parts: _Parts) -> bool:
    """A share is rounded to whole spots; who sells a half beside a half is not refused for what that rounds up."""
    if order.share is None or not len(parts.cell):
        return False
    rate = order.share / order.slots
    wanted = np.asarray(parts.slots * rate.numerator // rate.denominator * parts.places, np.int64)
    if (room.at_once >= wanted).all():
        return True
    return bool(wanted.sum() <= room.drain.sum() and (_flow(room, np.arange(len(wanted)), wanted) >= wanted).all())


def _last(holds: Callable[[int], bool], least: int, most: int) -> int:
    """The largest number that holds, where all up to it hold and `least` does."""
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _asked(order: Order) -> Fraction:
    asked = order.share if order.share is not None else order.each
    assert asked is not None
    return Fraction(asked)


def _wanted(market: Market, order: Order, parts: _Parts, size: Fraction) -> Numbers:
    """Plays that a share of this size wants of each part, or so many plays of each class."""
    if order.share is not None:
        rate = size / order.slots
        before = np.cumsum(parts.slots) - parts.slots
        before -= before[parts.turn_of][parts.turn]
        spots = [
            (2 * slots * rate.numerator + rate.denominator) // (2 * rate.denominator)
            for slots in (before + parts.slots, before)
        ]
        return np.asarray((spots[0] - spots[1]) * parts.places, np.int64)
    sized = Order(**{**vars(order), "each": size})
    known: dict[int, int] = {}
    for number in parts.classes.tolist():
        profile = market.classes[number].profile
        known.setdefault(id(profile), wanted_of_place(sized, profile, market.day.slot_ms))
    each = np.array([known[id(market.classes[number].profile)] for number in parts.classes.tolist()], np.int64)
    return each * parts.places[parts.turn_of]


# --- where the order may play


@dataclass(frozen=True)
class _Parts:
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


def _parts_of(market: Market, order: Order) -> _Parts:
    named = _named(market, order)
    by_profile: dict[int, list[int]] = defaultdict(list)
    for one in np.flatnonzero(named).tolist():
        by_profile[id(market.classes[one].profile)].append(one)
    found = [_parts_with(market, order, np.array(numbers, np.int64)) for numbers in by_profile.values()]
    columns = [_joined([part[n] for part in found]) for n in range(4)]
    cell, slots, most, worth = (column[np.argsort(columns[0], kind="stable")] for column in columns)
    number = np.searchsorted(market.cell_of, cell, side="right") - 1
    reached, turn_of, turn = np.unique(number, return_index=True, return_inverse=True)
    on = np.array([market.classes[one].screens for one in reached.tolist()], np.int64)
    return _Parts(
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


def _named(market: Market, order: Order) -> Numbers:
    """Of each class, how many places the order may have."""
    places = market.day.places
    targets, barred = order.targets, order.barred
    wanted = np.fromiter(
        ((not targets or not targets.isdisjoint(place.traits)) and barred.isdisjoint(place.traits) for place in places),
        bool,
        len(places),
    )
    number = np.zeros(len(places), np.int64)
    for n, one in enumerate(market.classes):
        number[one.members] = n
    return np.bincount(number[wanted], minlength=len(market.classes)).astype(np.int64)


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
        spots = np.where(shared > 0, spot_limit(shared, order.slots, gap), 0)
        slots += shared
        most += spots if order.hourly is None else np.minimum(spots, -(-shared * order.hourly // hour))
    there = slots > 0
    return cell[there], slots[there], most[there], _worth(order, profile, cells[there])


def _worth(order: Order, profile: Profile, cells: Numbers) -> Numbers:
    worth = np.full(len(cells), 1000, np.int64)
    for (first, end), count in reversed(profile.impressions if order.impressions else ()):
        worth[(cells[:, 0] >= first) & (cells[:, 1] <= end)] = count
    return worth


def _joined(parts: list[Numbers]) -> Numbers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)


# --- what is left there, and who can be moved


@dataclass(frozen=True)
class _Room:
    """All in plays of the order's length. Nodes are cells, then (category, cell), (advertiser, cell), and demands.

    enter (P,): the node at which a part's plays come in · limit (P,): most that may, were nothing else there
    at_once (P,): what is free now · arcs: tails, heads, what they can take and give back · drain (nodes,): free time
    whole: no cell or class is cut, and everyone of these ranks can be moved
    """

    enter: Numbers
    limit: Numbers
    at_once: Numbers
    arcs: tuple[Numbers, Numbers, Numbers, Numbers]
    drain: Numbers
    whole: bool


@dataclass(frozen=True)
class _Sold:
    """Of each edge: whether its plays stay, whether they can be moved, and the grains they use.

    settled: all that could be moved in the order's ranks can be · others: orders in each cell · mine: the order's own
    """

    length: int
    stays: Flags
    moves: Flags
    settled: bool
    used: Numbers
    others: Numbers
    mine: Flags


@dataclass(frozen=True)
class _Groups:
    """Grains left of each (group, cell); the one that a part of the order is in, or −1; what its own group allows.

    apart: of each edge, whether its group keeps it apart from anybody
    """

    left: Numbers
    joined: Numbers
    most: Numbers
    apart: Flags


def _room_for(plan: NetworkPlan, order: Order, parts: _Parts, lowest: int) -> _Room:
    market, grain = plan.market, plan.allotment.room.grain
    sold = _sold(plan, order, lowest)
    length, count = sold.length, len(market.cell_slots)
    cells = np.maximum(_cells_left(market, order, sold, grain), 0)
    names = ((order.category, market.category), (order.advertiser, market.advertiser))
    groups = [_groups(plan, order, parts, sold, n + 1, *name) for n, name in enumerate(names)]
    limit, cut = _limit(market, order, parts, sold, grain)
    limit = np.minimum(limit, np.minimum(groups[0].most, groups[1].most))
    enter, at_once = parts.cell, np.minimum(limit, cells[parts.cell] // length)
    for first, group in zip((count, count + len(groups[0].left)), groups, strict=True):
        is_in = group.joined >= 0
        enter = np.where(is_in, first + group.joined, enter)
        at_once[is_in] = np.minimum(at_once[is_in], np.maximum(group.left[group.joined[is_in]], 0) // length)
    return _Room(
        enter=enter,
        limit=limit,
        at_once=at_once,
        arcs=_arcs(plan, groups, sold),
        drain=cells // length,
        whole=sold.settled and not cut and order.slots * grain == length,
    )


def _sold(plan: NetworkPlan, order: Order, lowest: int) -> _Sold:
    market, room = plan.market, plan.allotment.room
    length = -(-order.slots.numerator * room.grain // order.slots.denominator)
    orders = market.day.orders
    mine = np.array([one.booking == order.booking for one in orders], bool)[market.edge_order]
    stays = np.array([one.rank <= lowest for one in orders], bool)[market.edge_order] & ~mine
    spread = np.array([one.rank >= order.rank and one.share is None for one in orders], bool)[market.edge_order]
    could = stays & spread
    moves = could & (room.length == length) & _counts_alike(market)
    return _Sold(
        length=length,
        stays=stays,
        moves=moves,
        settled=bool((moves == could).all()),
        used=np.where(stays, plan.allotment.plays * room.length, 0),
        others=np.bincount(market.edge_cell[~mine], minlength=len(market.cell_slots)),
        mine=mine,
    )


def _demands(market: Market) -> Numbers:
    """Of each edge, what it meets together with others: its order's plays in all, or those of its order in a class."""
    each = np.array([one.each is not None for one in market.day.orders], bool)[market.edge_order]
    run = np.cumsum((np.diff(market.edge_order, prepend=-1) != 0) | (np.diff(market.edge_class, prepend=-1) != 0))
    return np.asarray(np.where(each, len(market.day.orders) + run, market.edge_order))


def _counts_alike(market: Market) -> Flags:
    """Edges of demands of which a play counts the same everywhere: only these can be moved without a loss."""
    demand = _demands(market)
    worth = np.zeros(int(demand.max(initial=0)) + 1, np.int64)
    worth[demand] = market.worth
    return np.asarray(np.bincount(demand, market.worth != worth[demand], len(worth)) == 0)[demand]


def _cells_left(market: Market, order: Order, sold: _Sold, grain: int) -> Numbers:
    own = np.where(order.rank == Rank.TAKEOVER, 0, market.cell_own)
    slots = (market.cell_slots - own) * market.cell_places * grain
    return np.asarray(slots - np.bincount(market.edge_cell, sold.used, len(slots)), np.int64)


def _limit(market: Market, order: Order, parts: _Parts, sold: _Sold, grain: int) -> tuple[Numbers, bool]:
    """Most plays of each part, and whether any is less than its whole cell. What cannot move out of it, stays in it."""
    whole = market.cell_places[parts.cell] * market.cell_slots[parts.cell]
    here = parts.places * parts.slots
    if (here == whole).all():
        return parts.most, False
    in_all = np.array([one.plays is not None for one in market.day.orders], bool)[market.edge_order]
    fixed = np.bincount(market.edge_cell, np.where(sold.moves & in_all, 0, sold.used), len(market.cell_slots))
    own = np.where(order.rank == Rank.TAKEOVER, 0, market.cell_own * market.cell_places * grain)[parts.cell]
    taken = np.ceil(fixed[parts.cell] * here / np.maximum(whole, 1)).astype(np.int64)
    taken += own * here // np.maximum(whole, 1)
    free = np.maximum(here * grain - taken, 0) // sold.length
    return np.where(here == whole, parts.most, np.minimum(parts.most, free)), True


def _groups(
    plan: NetworkPlan, order: Order, parts: _Parts, sold: _Sold, layer: int, name: str, numbers: Numbers
) -> _Groups:
    """What the distance to others of one advertiser, or category, leaves, with the new order among them."""
    market, room = plan.market, plan.allotment.room
    place, left = room.layers[layer]
    gap = market.day.apart.category if layer == 1 else market.day.apart.advertiser
    left = left + np.bincount(place, plan.allotment.plays * room.length - sold.used, len(left)).astype(np.int64)
    apart = (numbers[market.edge_order] >= 0) & (gap > 0)
    _second_in_cell(plan, parts, sold, place, left, apart, gap)
    joined, most = np.full(len(parts.cell), -1), np.full(len(parts.cell), np.iinfo(np.int64).max)
    if gap and name and order.rank != Rank.TAKEOVER:
        number = _number(market, layer, name, numbers)
        member = ~sold.mine & (numbers[market.edge_order] == number) if number >= 0 else np.zeros_like(sold.mine)
        cells = market.edge_cell[member]
        at = np.full(len(market.cell_slots), -1)
        at[cells] = place[member]
        spots, lengths, used = (
            np.bincount(cells, weight, len(at))[parts.cell]
            for weight in (np.ones(len(cells)), room.length[member], sold.used[member])
        )
        mean = (lengths + sold.length) / (spots + 1)
        factor = np.where(sold.others[parts.cell] > 0, float(HEADROOM), 1.0)
        joined = at[parts.cell]
        is_in = joined >= 0
        slots = market.cell_slots[parts.cell], market.cell_places[parts.cell]
        all_of_it = _held_apart(*slots, mean, gap * room.grain, gap, room.grain, factor)
        left[joined[is_in]] = (all_of_it - used.astype(np.int64))[is_in]
        most = _held_apart(parts.slots, parts.places, mean, gap * room.grain, gap, room.grain, factor) // sold.length
    return _Groups(left, joined, most, apart)


def _second_in_cell(
    plan: NetworkPlan, parts: _Parts, sold: _Sold, place: Numbers, left: Numbers, apart: Flags, gap: int
) -> None:
    """Who was alone in a cell is so no more: its group gets no more there, but keeps what it has."""
    market, room = plan.market, plan.allotment.room
    last = np.full(len(market.cell_slots), -1)
    last[market.edge_cell[~sold.mine]] = np.flatnonzero(~sold.mine)
    edge = last[parts.cell[sold.others[parts.cell] == 1]]
    edge = edge[apart[edge]]
    slots = market.cell_slots[market.edge_cell[edge]], market.cell_places[market.edge_cell[edge]]
    mean, headroom = room.length[edge].astype(float), np.full(len(edge), float(HEADROOM))
    left[place[edge]] = _held_apart(*slots, mean, gap * room.grain, gap, room.grain, headroom) - sold.used[edge]


def _number(market: Market, layer: int, name: str, numbers: Numbers) -> int:
    for number, one in zip(numbers.tolist(), market.day.orders, strict=True):
        if number >= 0 and name == (one.category if layer == 1 else one.advertiser):
            return int(number)
    return -1


def _held_apart(
    slots: Numbers, places: Numbers, mean: Numbers, stretch: int, gap: int, grain: int, factor: Numbers
) -> Numbers:
    """Grains that a group may fill, as `allot` counts them."""
    held = np.floor((slots + gap) * grain * places * factor * mean / (mean + stretch) + 1e-6)
    return np.asarray(np.maximum(held, np.ceil(mean) * places), np.int64)


def _arcs(plan: NetworkPlan, groups: list[_Groups], sold: _Sold) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """From demands to groups to cells: what is left of each, and back what those who can be moved have there."""
    market, room = plan.market, plan.allotment.room
    count, length, moves = len(market.cell_slots), sold.length, np.flatnonzero(sold.moves)
    first = (0, count, count + len(groups[0].left))
    demand = first[2] + len(groups[1].left) + _demands(market)
    plays = plan.allotment.plays
    tails, heads, limits, backs = [], [], [], []
    head = market.edge_cell
    for layer, group in enumerate(groups, start=1):
        place = room.layers[layer][0]
        into, keeps = np.zeros(len(group.left), np.int64), np.zeros(len(group.left), bool)
        into[place], keeps[place] = head, group.apart
        given = np.bincount(place[moves], plays[moves], len(group.left)).astype(np.int64)
        used = np.bincount(place[moves], minlength=len(group.left)) > 0
        used[group.joined[group.joined >= 0]] = True
        node = np.flatnonzero(used & keeps)
        tails.append(first[layer] + node)
        heads.append(into[node])
        limits.append(np.maximum(group.left[node], 0) // length)
        backs.append(given[node])
        head = np.where(group.apart, first[layer] + place, head)
    tails.append(demand[moves])
    heads.append(head[moves])
    limits.append(np.maximum(room.plays_left[moves], 0))
    backs.append(plays[moves])
    return _joined(tails), _joined(heads), _joined(limits), _joined(backs)


# --- the flow


def _flow(room: _Room, demand: Numbers, wanted: Numbers) -> Numbers:
    """How much of each demand can be met; part p is of `demand[p]`."""
    tails, heads, limits, backs = room.arcs
    first = int(max(tails.max(initial=0), heads.max(initial=0), len(room.drain) - 1, room.enter.max(initial=0))) + 1
    nodes = first + len(wanted)
    supply, drain = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    supply[first:], drain[: len(room.drain)] = wanted, room.drain
    nothing = np.zeros(len(room.enter), np.int64)
    _push(
        np.concatenate([tails, first + demand]), np.concatenate([heads, room.enter]),
        np.concatenate([limits, room.limit]), np.concatenate([backs, nothing]), supply, drain,
    )  # fmt: skip
    return np.asarray(wanted - supply[first:])


@compiled
def _push(tails: Numbers, heads: Numbers, limits: Numbers, backs: Numbers, supply: Numbers, drain: Numbers) -> None:
    """Move all that can be moved from supply to drain, by shortest ways first; what is left of both stays in them."""
    nodes, arcs = len(supply), len(tails)
    begins = np.zeros(nodes + 1, np.int64)
    for arc in range(arcs):
        begins[tails[arc] + 1] += 1
        begins[heads[arc] + 1] += 1
    for n in range(nodes):
        begins[n + 1] += begins[n]
    to, back, left = np.empty(2 * arcs, np.int64), np.empty(2 * arcs, np.int64), np.empty(2 * arcs, np.int64)
    at = begins[:-1].copy()
    for arc in range(arcs):
        forth, other = at[tails[arc]], at[heads[arc]]
        at[tails[arc]] += 1
        at[heads[arc]] += 1
        to[forth], left[forth], back[forth] = heads[arc], limits[arc], other
        to[other], left[other], back[other] = tails[arc], backs[arc], forth
    sources = np.flatnonzero(supply)
    level, queue, way = np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    while True:
        level[:] = -1
        head, tail, last = 0, 0, np.int64(-1)
        for source in sources:
            if supply[source] > 0:
                level[source] = 0
                queue[tail] = source
                tail += 1
        while head < tail:
            node = queue[head]
            head += 1
            if drain[node] > 0 and last < 0:
                last = level[node]
            if last >= 0:
                if level[node] > last:
                    break
                continue
            for arc in range(begins[node], begins[node + 1]):
                if left[arc] > 0 and level[to[arc]] < 0:
                    level[to[arc]] = level[node] + 1
                    queue[tail] = to[arc]
                    tail += 1
        if last < 0:
            return
        at[:] = begins[:-1]
        for source in sources:
            node, steps = source, 0
            while supply[source] > 0:
                if drain[node] > 0 and level[node] == last:
                    plays = min(supply[source], drain[node])
                    for step in range(steps):
                        plays = min(plays, left[way[step]])
                    supply[source] -= plays
                    drain[node] -= plays
                    back_to = steps
                    for step in range(steps - 1, -1, -1):
                        left[way[step]] -= plays
                        left[back[way[step]]] += plays
                        if left[way[step]] == 0:
                            back_to = step
                    if back_to < steps:
                        node, steps = to[back[way[back_to]]], back_to
                    continue
                if at[node] < begins[node + 1]:
                    arc = at[node]
                    if left[arc] > 0 and level[to[arc]] == level[node] + 1 and level[node] < last:
                        way[steps] = arc
                        steps += 1
                        node = to[arc]
                    else:
                        at[node] += 1
                    continue
                level[node] = -1
                if steps == 0:
                    break
                steps -= 1
                node = to[back[way[steps]]]
                at[node] += 1
