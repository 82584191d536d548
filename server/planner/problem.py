"""What the planner is asked, and what it answers. Frozen values; slots count from a day's first instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from media.daytable import DayTable
from server.planner.days import ALWAYS, LocalDay, Range, WeeklySpan

GoalWord = Literal["share", "plays_per_day"]
Why = Literal["", "overbooked", "no_room", "closed", "too_short", "too_small"]


@dataclass(frozen=True)
class PlanCreative:
    """One of a booking's items, its weight against the others, and how many slots it takes."""

    item: str
    weight: int
    slots: int


@dataclass(frozen=True)
class Booking:
    """A goal for every screen that lists it: percent of the time of its open hours, or plays a day.

    Nothing is owed for the time before `since_ms`, when it was booked.
    """

    id: str
    advertiser: str
    creatives: tuple[PlanCreative, ...]
    goal_kind: GoalWord
    goal: Fraction
    starts_on: date
    ends_on: date
    category: str = ""
    dayparts: tuple[WeeklySpan, ...] = ALWAYS
    since_ms: int = 0


@dataclass(frozen=True)
class Notice:
    """A venue's notice. A `fresh` one was never shown, so it comes first."""

    item: str
    slots: int
    from_ms: int
    until_ms: int | None = None
    fresh: bool = False


@dataclass(frozen=True)
class HouseItem:
    item: str
    slots: int


@dataclass(frozen=True)
class Standing:
    """What was planned before: slots before `until` are fixed; `basis` is what the rest was planned from."""

    table: DayTable
    until: int
    basis: str


@dataclass(frozen=True)
class ScreenDay:
    """One day of a screen: its instants, the slots in which the screen is on, and what already stands."""

    day: LocalDay
    open: tuple[Range, ...]
    standing: Standing | None = None


@dataclass(frozen=True)
class PlanScreen:
    """A screen with its days in order; `last` is the advertiser that it shows right before the first of them."""

    id: str
    days: tuple[ScreenDay, ...]
    bookings: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    reserved: Fraction = Fraction(0)
    house: tuple[HouseItem, ...] = ()
    last: str = ""


@dataclass(frozen=True)
class PlanInput:
    slot_ms: int
    bookings: tuple[Booking, ...]
    screens: tuple[PlanScreen, ...]


@dataclass(frozen=True)
class Count:
    """How many spots of an item a day holds, against how many were bought; `why` tells a shortfall's reason."""

    booking: str
    item: str
    booked: int
    planned: int
    why: Why = ""


@dataclass(frozen=True)
class DayPlan:
    """A planned day of a screen. A `kept` one stands as before, and its counts with it."""

    screen: str
    on: date
    table: DayTable
    basis: str
    kept: bool
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True)
class Shortfall:
    """A booking that gets fewer spots than it bought, and why."""

    screen: str
    on: date
    booking: str
    booked: int
    planned: int
    why: Why


@dataclass(frozen=True)
class PlanResult:
    days: tuple[DayPlan, ...]
    shortfalls: tuple[Shortfall, ...]
