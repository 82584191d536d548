"""Networks for the planner's bench, from a seed: screens in cities, and campaigns on a part of them.

Every shape sells the part `sold` of the day's slots; each is hard for another reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import numpy as np

from server.planner.model.days import ALWAYS, WeeklySpan, local_day
from server.planner.model.network import NetworkDay, Order, Place, Profile, Rank
from server.planner.model.problem import Apart

ON = date(2026, 3, 2)
OPENS_MIN, CLOSES_MIN = 7 * 60, 24 * 60
MINUTE_MS = 60_000
CITIES, TYPES, GRADES = 40, 5, 10
ORDERS_A_CELL = 80  # mean number of campaigns on a screen
DAYPARTS = ((420, 600), (600, 840), (840, 1080), (1080, 1440))


@dataclass(frozen=True)
class Shape:
    """The properties of a kind of network: see SHAPES."""

    sold: float = 0.9
    city_skew: float = 0.0
    wish_skew: float = 0.0
    advertisers: int = 750
    categories: int = 25
    biggest: float = 0.02
    lengths: tuple[int, ...] = (1,)
    multipliers: bool = False
    bonus: float = 0.0


SHAPES = {
    "even": Shape(),
    "cities": Shape(city_skew=1.1, wish_skew=1.0),
    "giants": Shape(advertisers=40, categories=60, biggest=0.12),
    "infeasible": Shape(sold=1.3, city_skew=1.1, wish_skew=1.0),
    "lengths": Shape(lengths=(1, 1, 1, 2, 2, 4, 8)),
    "multipliers": Shape(multipliers=True),
    "ladder": Shape(sold=1.3, bonus=0.5),
}


def network(shape: Shape, *, screens: int, campaigns: int, slot_s: int, seed: int) -> NetworkDay:
    """One day of 17 hours; the same seed gives the same network."""
    rng = np.random.default_rng(seed)
    places = _places(shape, screens, rng)
    profiles = tuple(_profile(slot_s, multiplier) for multiplier in _multipliers(shape))
    return NetworkDay(
        slot_ms=slot_s * 1000,
        orders=tuple(_orders(shape, places, campaigns, slot_s, rng)),
        profiles=profiles,
        places=places,
        apart=Apart(creative=15 // slot_s, advertiser=45 // slot_s, category=15 // slot_s),
    )


def with_one_more(day: NetworkDay, *, seed: int) -> tuple[NetworkDay, Order]:
    """The network after one more booking: the median campaign once more, of an advertiser of its own."""
    model = sorted(day.orders, key=lambda order: (order.plays or 0, order.booking))[len(day.orders) // 2]
    new = replace(model, booking="new", advertiser=f"new {seed}", plays=max(1, (model.plays or 1) // 2))
    return replace(day, orders=(*day.orders, new)), new


def _places(shape: Shape, screens: int, rng: np.random.Generator) -> list[Place]:
    city_weights = _zipf(CITIES, shape.city_skew)
    cities = rng.choice(CITIES, screens, p=city_weights)
    types, grades = rng.integers(0, TYPES, screens), rng.integers(0, GRADES, screens)
    profile = grades if shape.multipliers else np.zeros(screens, int)
    return [
        Place(f"s{n:06}", int(profile[n]), frozenset({f"{cities[n]}-{types[n]}-{grades[n]}"})) for n in range(screens)
    ]


def _orders(shape: Shape, places: list[Place], campaigns: int, slot_s: int, rng: np.random.Generator) -> list[Order]:
    supply: dict[str, int] = {}
    for place in places:
        for trait in place.traits:
            supply[trait] = supply.get(trait, 0) + 1
    traits = sorted(supply)
    wishes = _zipf(len(traits), shape.wish_skew)[np.argsort([-supply[trait] for trait in traits]).argsort()]
    owners = rng.choice(shape.advertisers, campaigns, p=_capped_zipf(shape.advertisers, shape.biggest))
    parts_of_all = np.minimum(np.array([0.4, 1.1, 1.8]) * ORDERS_A_CELL / campaigns, 1.0)
    orders = []
    for n in range(campaigns):
        wanted = max(1, round(len(traits) * float(rng.choice(parts_of_all, p=[0.5, 0.3, 0.2]))))
        chosen = rng.choice(len(traits), min(wanted, len(traits)), replace=False, p=wishes)
        targets = frozenset(traits[t] for t in chosen)
        parts = sorted(rng.choice(4, int(rng.choice([1, 2, 4], p=[0.2, 0.2, 0.6])), replace=False).tolist())
        length = int(rng.choice(shape.lengths))
        reach = sum(supply[trait] for trait in targets) * sum(DAYPARTS[p][1] - DAYPARTS[p][0] for p in parts)
        orders.append((n, targets, parts, length, reach * float(rng.lognormal(0.0, 0.6)), int(owners[n])))
    day_minutes = len(places) * (CLOSES_MIN - OPENS_MIN)
    scale = shape.sold * day_minutes * 60 / slot_s / sum(order[4] for order in orders)
    return [
        Order(
            booking=f"c{n:05}",
            rank=Rank.BONUS if n < shape.bonus * campaigns else Rank.GUARANTEED,
            advertiser=f"a{owner}",
            category=f"k{owner % shape.categories}",
            slots=Fraction(length),
            dayparts=ALWAYS if len(parts) == 4 else tuple(WeeklySpan(0, *DAYPARTS[part]) for part in parts),
            targets=targets,
            plays=max(1, round(weight * scale / length)),
            impressions=shape.multipliers and n % 2 == 0,
        )
        for n, targets, parts, length, weight, owner in orders
    ]


def _multipliers(shape: Shape) -> list[int]:
    return [500 + 350 * grade for grade in range(GRADES)] if shape.multipliers else [1000]


def _profile(slot_s: int, multiplier: int) -> Profile:
    day = local_day("UTC", ON)
    assert day is not None
    minute = 60 // slot_s
    busy = [multiplier, multiplier // 2, multiplier * 3 // 4, multiplier // 3]
    spans = [((a * minute, b * minute), busy[n]) for n, (a, b) in enumerate(DAYPARTS)]
    return Profile(
        day=day,
        open=((OPENS_MIN * minute, CLOSES_MIN * minute),),
        impressions=tuple(spans) if multiplier != 1000 else (),
    )


def _zipf(count: int, skew: float) -> np.ndarray:
    weights = 1.0 / np.arange(1, count + 1) ** skew
    return weights / weights.sum()


def _capped_zipf(count: int, biggest: float) -> np.ndarray:
    """Zipf with no advertiser above the biggest one's part."""
    weights = np.minimum(_zipf(count, 1.0), biggest)
    return weights / weights.sum()
