"""Plan a day of networks of several shapes and sizes, and hold it against the linear programme's optimum.

    python -m tests.bench.plan --json [--screens 1000,10000,100000] [--shapes even,…] [--slots 15,5] [--seed 1]

For each case: allot and deal the whole network and put every distinct day in order, on both cores; then judge every
table; then one more booking, from 10:00 on; then one availability query. Peers: HiGHS on the same instance, at sizes
that it can solve, and the hour-by-hour share scheduler without a capacity check that is common today.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import resource
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from media.daytable import OFF, DayTable
from server.planner.allocate.network_plan import NetworkPlan, allotted_places, changed_classes, plan_network
from server.planner.available.query import available_for
from server.planner.model.allotments import Row
from server.planner.model.network import NetworkDay, Rank
from server.planner.model.problem import (
    Booking,
    DayPlan,
    HouseItem,
    PlanCreative,
    PlanInput,
    PlanScreen,
    PreviousPlan,
    ScreenDay,
)
from server.planner.plan import plan
from server.planner.sequence.demand_lines import catalogue_of, lines_of
from server.planner.sequence.judge import breaks, deviations
from server.planner.sequence.sequencer import SequenceInput, columns_of, ends_of, gaps_of
from tests.bench.planning.plan_peers import lp_optimum, most_of_groups, share_scheduler, value_of
from tests.bench.planning.plan_world import ON, SHAPES, network, with_one_more
from tests.bench.result import percentile, report

CAMPAIGNS = {1_000: 300, 10_000: 1_000, 100_000: 3_000}
LP_EDGES = 200_000  # with more edges HiGHS takes many minutes here
CHUNK = 64
CHANGE_MIN = 10 * 60  # the change is made at 10:00


@dataclass(frozen=True)
class Case:
    """A network, its plan, the screens of each distinct day, and the table of each."""

    day: NetworkDay
    plan: NetworkPlan
    rows: dict[str, Row]
    screens: Counter[int]
    tables: dict[int, DayTable]
    seconds: float
    parts: Mapping[str, float]


def main() -> None:
    arguments = _arguments()
    cases, peers = [], []
    for slot_s in arguments.slots:
        for screens in arguments.screens:
            for shape in arguments.shapes:
                measured, peer = measure(shape, screens=screens, slot_s=slot_s, seed=arguments.seed)
                cases.append(measured)
                peers.append(peer)
                if not arguments.json:
                    print(measured, peer, sep="\n", flush=True)
    report("plan", {"cases": cases}, {"cases": peers})


def measure(shape: str, *, screens: int, slot_s: int, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    campaigns = CAMPAIGNS.get(screens, max(30, screens // 10))
    day = network(SHAPES[shape], screens=screens, campaigns=campaigns, slot_s=slot_s, seed=seed)
    case = planned(day)
    quality = judged(case)
    changed = replanned(case, seed=seed)
    began = time.perf_counter()
    available = available_for(case.plan, with_one_more(day, seed=seed)[1])
    availability = time.perf_counter() - began
    name = {"shape": shape, "screens": screens, "campaigns": campaigns, "slot_s": slot_s}
    delivered, wanted = delivered_of(case, quality["lost"])
    best, how = optimum(case)
    total, wanted_slots = sum(best.values()), sum(wanted.values())
    figures = {
        **name,
        "delivered_ratio": round(sum(delivered.values()) / total, 6),
        "delivered_by_rank": {rank.name.lower(): round(delivered[rank] / best[rank], 6) for rank in best},
        "feasible_met": feasible_met(case, total, wanted_slots),
        **{key: quality[key] for key in ("deviation_p50", "deviation_p99", "deviation_max", "worst_gap")},
        "evenness": evenness(case),
        "separation_breaks": quality["breaks"],
        "empty_slots": quality["empty"],
        "slots": quality["slots"],
        "seconds": round(case.seconds, 2),
        "seconds_of": {part: round(seconds, 2) for part, seconds in case.parts.items()},
        "peak_mb": _peak_mb(),
        "distinct_days": len(case.tables),
        **changed,
        "availability_seconds": round(availability, 3),
        "availability_plays": available.plays,
    }
    peer = {
        **name,
        "optimum_by": how,
        "optimum_of_wanted": round(total / wanted_slots, 6),
        "share_scheduler_delivered_ratio": round(share_scheduler(case.plan.market, case.plan.allotment) / total, 4),
    }
    return figures, peer


# --- the full plan


def planned(day: NetworkDay) -> Case:
    """From the orders to the tables of all screens, on both cores."""
    _compile(day)
    began = time.perf_counter()
    network_plan = plan_network(day)
    allotted_at = time.perf_counter()
    rows = dict(allotted_places(network_plan))
    screens = Counter(map(id, rows.values()))
    unique = {id(row): row for row in rows.values()}
    dealt_at = time.perf_counter()
    tables = tables_of(day, unique, {})
    done = time.perf_counter()
    parts = {"allot": allotted_at - began, "rows": dealt_at - allotted_at, "order": done - dealt_at}
    return Case(day, network_plan, rows, screens, tables, done - began, parts)


def tables_of(day: NetworkDay, rows: Mapping[int, Row], previous: Mapping[int, PreviousPlan]) -> dict[int, DayTable]:
    """The table of each row, as the venue's plan makes it."""
    keys = list(rows)
    chunks = [[(key, rows[key], previous.get(key)) for key in keys[n : n + CHUNK]] for n in range(0, len(keys), CHUNK)]
    global _network
    _network = day
    if len(chunks) == 1:
        return dict(_chunk_planned(chunks[0]))
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork")) as pool:
        return {key: table for made in pool.map(_chunk_planned, chunks) for key, table in made}


_network: NetworkDay


def _chunk_planned(chunk: Sequence[tuple[int, Row, PreviousPlan | None]]) -> list[tuple[int, DayTable]]:
    screens = tuple(_screen(_network, str(key), row, previous) for key, row, previous in chunk)
    days: Sequence[DayPlan] = plan(PlanInput(_network.slot_ms, _bookings(_network), screens, _network.apart)).days
    return [(int(day_plan.screen), day_plan.table) for day_plan in days]


def _screen(day: NetworkDay, id_: str, row: Row, previous: PreviousPlan | None = None) -> PlanScreen:
    profile = day.profiles[0]
    house = (HouseItem("house", 1),)
    return PlanScreen(id_, (ScreenDay(profile.day, profile.open, row, previous, house),))


def _bookings(day: NetworkDay) -> tuple[Booking, ...]:
    return tuple(
        Booking(
            id=order.booking,
            advertiser=order.advertiser,
            category=order.category,
            creatives=(PlanCreative(order.booking, 1, int(order.slots)),),
            goal_kind="plays",
            goal=Fraction(order.plays or 0),
            starts_on=ON,
            ends_on=ON,
        )
        for order in day.orders
    )


def _compile(day: NetworkDay) -> None:
    """Compile the loops, or load them, before time is measured: a resident planner did so when it started."""
    small = NetworkDay(day.slot_ms, day.orders[:40], day.profiles, day.places[:20], day.apart)
    rows = dict(allotted_places(plan_network(small)))
    tables_of(small, {id(row): row for row in rows.values()}, {})


# --- its quality


def judged(case: Case) -> dict[str, Any]:
    """Of all distinct tables: lost spots, deviations from the even course, spots that are too near, and empty slots."""
    catalogue = catalogue_of(_bookings(case.day))
    rows = {id(row): row for row in case.rows.values()}
    worst: list[float] = []
    found = {"breaks": 0, "empty": 0, "slots": 0}
    lost: Counter[str] = Counter()
    gaps: list[float] = []
    for key, table in case.tables.items():
        times = case.screens[key]
        screen = _screen(case.day, "", rows[key])
        lines = lines_of(screen, screen.days[0], catalogue, case.day.slot_ms)
        day = SequenceInput(lines, screen.days[0].open, len(table.slots), case.day.slot_ms, case.day.apart)
        columns = columns_of(lines, day)
        numbers = {item: n + 1 for n, item in enumerate(columns.items)}
        to_piece = np.zeros(OFF + 1, np.uint16)
        to_piece[OFF] = OFF
        for n, item in enumerate(table.items, 1):
            to_piece[n] = numbers[item]
        slots = to_piece[np.asarray(table.slots, np.uint16)]
        starts = np.frombuffer(bytes(table.starts), np.uint8)
        deviation = np.zeros(len(lines))
        deviations(0, columns.lines, slots, starts, deviation)
        longest = int(columns.lines.pieces[:, 1].max(initial=1))
        worst += (deviation[deviation > 0] / longest).tolist()
        near = breaks(0, columns.lines, gaps_of(day.apart), ends_of(day, columns), slots, starts)
        found["breaks"] += times * int(near)
        first, end = screen.days[0].open[0]
        found["empty"] += times * int((slots[first:end] == OFF).sum())
        found["slots"] += times * (end - first)
        shown = np.bincount(slots[starts != 0], minlength=len(lines) + 1)
        row = rows[key]
        for booking, missing in zip(row.bookings, (_spots(row) - shown[1:]).tolist(), strict=True):
            lost[booking] += times * missing
        gaps += _gap_ratios(slots, starts, row)
    return {
        **found,
        "lost": lost,
        "deviation_p50": round(percentile(worst, 0.5), 3),
        "deviation_p99": round(percentile(worst, 0.99), 3),
        "deviation_max": round(max(worst), 3),
        "worst_gap": {"p50": round(percentile(gaps, 0.5), 2), "p99": round(percentile(gaps, 0.99), 2)},
    }


def _spots(row: Row) -> np.ndarray:
    """Of each booking, over its parts."""
    sums = np.concatenate([[0], np.cumsum(row.parts[:, 2])])
    return np.asarray(sums[row.part_of[1:]] - sums[row.part_of[:-1]])


def _gap_ratios(slots: np.ndarray, starts: np.ndarray, row: Row) -> list[float]:
    """The worst gap between two spots of a line that plays all day, against the even one."""
    begins = np.flatnonzero(starts)
    ratios = []
    for n in np.flatnonzero(np.bincount(slots[begins], minlength=len(row) + 1)[1:] > 10).tolist():
        parts = row[n].parts
        rates = {spots * 1000 // (end - first) for first, end, spots in parts}
        if len(rates) == 1 and all(a[1] == b[0] for a, b in itertools.pairwise(parts)):
            between = np.diff(begins[slots[begins] == n + 1])
            ratios.append(float(between.max() / between.mean()))
    return ratios


def delivered_of(case: Case, lost: Mapping[str, int]) -> tuple[dict[Rank, float], dict[Rank, float]]:
    """Slots shown, and slots wanted, by rank."""
    market, allotment = case.plan.market, case.plan.allotment
    by_order = _given_out(case)
    plays = np.maximum(np.bincount(market.edge_order, allotment.plays, len(case.day.orders)), 1)
    missing = np.array([lost.get(order.booking, 0) for order in case.day.orders])
    part = np.minimum(1.0, allotment.wanted / np.maximum(allotment.fulfilled, 1))
    shown = (by_order - missing * by_order / plays) * part
    return _by_rank(case, shown), _by_rank(case, wanted_of(case))


def wanted_of(case: Case) -> np.ndarray:
    """The slots that each order wants (O,)."""
    allotment = case.plan.allotment
    wanted = _given_out(case) / np.maximum(allotment.fulfilled, 1) * allotment.wanted
    unserved = allotment.fulfilled == 0
    wanted[unserved] = [order.slots * (order.plays or 0) for n, order in enumerate(case.day.orders) if unserved[n]]
    return np.asarray(wanted)


def _given_out(case: Case) -> np.ndarray:
    """The slots that each order was allotted (O,)."""
    market, allotment = case.plan.market, case.plan.allotment
    return np.bincount(market.edge_order, value_of(market, allotment) * allotment.plays, len(case.day.orders))


def _by_rank(case: Case, slots: np.ndarray) -> dict[Rank, float]:
    ranks = np.array([order.rank for order in case.day.orders])
    return {rank: float(slots[ranks == rank].sum()) for rank in Rank if (ranks == rank).any()}


def optimum(case: Case) -> tuple[dict[Rank, float], str]:
    """The linear programme's optimum; a bound above it where the programme is too large."""
    market, allotment = case.plan.market, case.plan.allotment
    if len(market.edge_cell) <= LP_EDGES:
        return lp_optimum(market, allotment), "HiGHS"
    left, bound, wanted = float((market.cell_slots * market.cell_places).sum()), {}, wanted_of(case)
    for rank in _by_rank(case, wanted):
        bound[rank] = min(most_of_groups(market, allotment, wanted, rank), left)
        left -= bound[rank]
    return bound, "all that is wanted, or that distances leave, or all the time"


def feasible_met(case: Case, best: float, wanted: float) -> float | None:
    """The part of the goals that are met, where the optimum meets all; None where not all can be met."""
    if best < wanted * (1 - 1e-6):
        return None
    allotment = case.plan.allotment
    least = case.plan.market.worth.max(initial=1000)
    return round(float(1 - (allotment.wanted - allotment.fulfilled >= least).mean()), 6)


def evenness(case: Case) -> dict[str, float]:
    """Plays of an order on the places of one class and cell: how far the most are from the least."""
    spread: Counter[int] = Counter()
    for dealt in case.plan.dealt:
        if len(dealt.plays):
            gap = dealt.plays.max(axis=0).astype(int) - dealt.plays.min(axis=0)
            spread.update(gap.ravel().tolist())
    return {"most_apart": max(spread, default=0), "equal_ratio": round(spread[0] / max(1, sum(spread.values())), 4)}


# --- one more booking


def replanned(case: Case, *, seed: int) -> dict[str, Any]:
    """Seconds until the changed tables are planned, and the part of all other spots that stayed."""
    day, _ = with_one_more(case.day, seed=seed)
    until = CHANGE_MIN * 60_000 // day.slot_ms
    began = time.perf_counter()
    again = plan_network(day, case.plan)
    places = {again.market.day.places[n].id for c in changed_classes(again, case.plan) for n in _members(again, c)}
    rows = {place: row for place, row in allotted_places(again, places) if row != case.rows[place]}
    pairs = {(id(case.rows[place]), id(row)): row for place, row in rows.items()}
    numbered = {n: (old, row) for n, ((old, _), row) in enumerate(pairs.items())}
    numbers = {pair: n for n, pair in enumerate(pairs)}
    tables = tables_of(
        day,
        {n: row for n, (_, row) in numbered.items()},
        {n: PreviousPlan(case.tables[old], until, "") for n, (old, _) in numbered.items()},
    )
    seconds = time.perf_counter() - began
    screens = Counter((id(case.rows[place]), id(row)) for place, row in rows.items())
    same = total = 0
    for (old, row), times in screens.items():
        kept, all_ = _kept(case.tables[old], tables[numbers[old, row]])
        same, total = same + kept * times, total + all_ * times
    everywhere = sum(times * sum(map(bool, case.tables[key].starts)) for key, times in case.screens.items())
    return {
        "replan_seconds": round(seconds, 2),
        "replan_screens": len(rows),
        "unchanged_ratio": round(1 - (total - same) / everywhere, 5),
        "unchanged_on_changed_screens": round(same / total, 4) if total else 1.0,
    }


def _members(plan_: NetworkPlan, number: int) -> list[int]:
    return [int(member) for member in plan_.market.classes[number].members]


def _kept(before: DayTable, after: DayTable) -> tuple[int, int]:
    """How many of the spots before are still in their slots, and how many there were."""
    spots = [n for n in range(len(before.slots)) if before.starts[n]]
    same = sum(1 for n in spots if after.starts[n] and after.item_at(n) == before.item_at(n))
    return same, len(spots)


def _peak_mb() -> int:
    """Of this process, and the largest of the others that it started."""
    own, others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return int((own + (os.cpu_count() or 1) * others) // 1024)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--screens", type=_numbers, default=[1_000, 10_000, 100_000])
    parser.add_argument("--slots", type=_numbers, default=[15, 5])
    parser.add_argument("--shapes", type=lambda text: text.split(","), default=list(SHAPES))
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
