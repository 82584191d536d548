"""Networks of a few screens whose day has 24 slots of an hour, so that a reader can check every figure by hand."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from server.planner.model.days import ALWAYS, LocalDay, WeeklySpan, days_from
from server.planner.model.market import Market, market_of
from server.planner.model.network import NetworkDay, Order, Place, Profile, Rank
from server.planner.model.problem import Apart
from tests.server.planner.world import MONDAY

HOUR_MS = 3_600_000
TOUCHING = Apart(creative=0, advertiser=0, category=0)
[DAY] = days_from("UTC", MONDAY, 1)
assert isinstance(DAY, LocalDay)


def hours(first: int, end: int) -> tuple[WeeklySpan, ...]:
    """From one hour of the Monday to another."""
    return (WeeklySpan(0, 60 * first, 60 * end),)


def order(booking: str = "a", plays: int | None = None, **more: Any) -> Order:
    """Guaranteed plays in all, in spots of one slot, of an advertiser of its own."""
    plain = {"rank": Rank.GUARANTEED, "advertiser": booking, "category": "", "slots": Fraction(1), "dayparts": ALWAYS}
    return Order(booking, plays=plays, **{**plain, **more})


def share(booking: str, part: Fraction, **more: Any) -> Order:
    return order(booking, share=part, rank=Rank.SHARE, **more)


def profile(first: int = 0, end: int = 24, **rules: Any) -> Profile:
    """A screen that is on from one hour to another."""
    return Profile(DAY, ((first, end),) if first < end else (), **rules)


def place(id_: str = "p", *traits: str, profile: int = 0, screens: int = 1) -> Place:
    return Place(id_, profile, frozenset(traits), screens)


def network(
    *orders: Order,
    places: Sequence[Place] = (),
    profiles: Sequence[Profile] = (),
    apart: Apart = TOUCHING,
    slot_ms: int = HOUR_MS,
) -> NetworkDay:
    """One place that is on all day, where nothing else is said."""
    return NetworkDay(slot_ms, orders, tuple(profiles) or (profile(),), places or (place(),), apart)


def market(*orders: Order, **more: Any) -> Market:
    return market_of(network(*orders, **more))
