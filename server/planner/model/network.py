"""A day of the whole network as it is bought and shown: orders, screens, and what decides a screen's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from functools import cached_property

from server.planner.model.days import LocalDay, Range, WeeklySpan
from server.planner.model.problem import Apart


class Rank(IntEnum):
    """Which order is served first where not all fit: the lower number. House content fills the time left over."""

    TAKEOVER = 0
    SHARE = 1
    GUARANTEED = 2
    OWN = 3  # no order has it: venues' own notices, which are set aside before bonus orders are served
    BONUS = 4


@dataclass(frozen=True)
class Order:
    """A booking's demand on one day. Exactly one of `plays` (in all), `share` and `each` (on every screen) is given.

    slots: of one spot, the mean of its creatives · longest: slots of its longest creative
    targets: traits, any of which a screen must have; empty means every screen · barred: traits that exclude a screen
    impressions: `plays` counts impressions · hourly: most plays an hour on a screen
    since_ms: nothing is owed for the time before this instant
    """

    booking: str
    rank: Rank
    advertiser: str
    category: str
    slots: Fraction
    dayparts: tuple[WeeklySpan, ...]
    targets: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    plays: int | None = None
    share: Fraction | None = None
    each: Fraction | None = None
    impressions: bool = False
    hourly: int | None = None
    longest: int = 1
    since_ms: int = 0


@dataclass(frozen=True)
class Profile:
    """The rules of a screen's day beside its traits: equal for all screens of a venue, and of many venues.

    advert_free: slots in which only house content is shown · barred: categories, and the slots closed to each
    reserved: the part of the time that the venue reserves for its own notices
    impressions: thousandths of an impression that a play counts, by slot ranges; 1000 elsewhere
    """

    day: LocalDay
    open: tuple[Range, ...]
    advert_free: tuple[Range, ...] = ()
    barred: tuple[tuple[str, tuple[Range, ...]], ...] = ()
    reserved: Fraction = Fraction(0)
    impressions: tuple[tuple[Range, int], ...] = ()


@dataclass(frozen=True)
class Place:
    """A screen, or a bank of `screens` that all show the same. `profile` is an index into the day's profiles."""

    id: str
    profile: int
    traits: frozenset[str]
    screens: int = 1


@dataclass(frozen=True)
class NetworkDay:
    """One date of the network: the planner's input where all screens meet."""

    slot_ms: int
    orders: tuple[Order, ...]
    profiles: tuple[Profile, ...]
    places: Sequence[Place]
    apart: Apart = field(default_factory=Apart)

    @cached_property
    def named(self) -> frozenset[str]:
        """The traits that any order targets or excludes: only these distinguish places."""
        return frozenset().union(*(order.targets | order.barred for order in self.orders))
