"""The input and the result of `plan`. Frozen values; slots count from a day's first instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from media.daytable import DayTable
from server.planner.model.allotments import NOTHING, Row, Why
from server.planner.model.days import ALWAYS, LocalDay, Range, WeeklySpan
from server.planner.model.nights import last_date, minutes_on, spans_on

GoalWord = Literal["share", "plays_per_day", "plays", "impressions", "takeover"]
Pace = Literal["even", "ahead", "asap"]


@dataclass(frozen=True)
class Apart:
    """Slots of something else between two spots of one creative, advertiser or category; 0 lets them be adjacent.

    Its name and fields are part of a stored day's basis (see `plan.basis_of`), as are those of `HouseItem`, `Shown` and
    `PlanCreative`: renamed, every stored day would be planned anew.
    """

    creative: int = 1
    advertiser: int = 1
    category: int = 0


@dataclass(frozen=True)
class PlanCreative:
    """One of a booking's items, its weight against the others, and how many slots it takes."""

    item: str
    weight: int
    slots: int


@dataclass(frozen=True)
class Booking:
    """A sold campaign. Nothing is owed for the time before `since_ms`, when it was booked.

    goal: percent of each screen's time (share), plays on every screen each day (plays_per_day), or plays or impressions
    of the whole flight on all screens; a takeover has all the time and none
    targets: traits, any of which a screen must have; empty means every screen · barred: traits that exclude a screen
    hourly: most plays an hour on a screen
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
    targets: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    pace: Pace = "even"
    preemptible: bool = False
    hourly: int | None = None

    @property
    def last_on(self) -> date:
        """The last date on which it plays: a night of its last day goes on after midnight."""
        return last_date(self.dayparts, self.ends_on)

    def spans_on(self, on: date) -> tuple[WeeklySpan, ...]:
        """Its weekly hours as they hold on a date, nights cut at midnight."""
        return spans_on(self.dayparts, on, starts_on=self.starts_on, ends_on=self.ends_on)

    def has_part_of(self, on: date) -> bool:
        """Whether its nights leave it only the evening, or only the morning, of this date."""
        return on in (self.starts_on, self.last_on) and self.spans_on(on) != self.dayparts

    def minutes_on(self, on: date) -> int:
        return minutes_on(self.dayparts, on, starts_on=self.starts_on, ends_on=self.ends_on)

    @property
    def takes_over(self) -> bool:
        """Whether it has all the time; such a booking's spots may follow each other."""
        return self.goal_kind == "takeover" or (self.goal_kind == "share" and self.goal == 100)

    @property
    def mean_slots(self) -> Fraction:
        """Slots of a spot, on the average of the creatives' weights."""
        weights = sum(creative.weight for creative in self.creatives)
        return Fraction(sum(creative.weight * creative.slots for creative in self.creatives), weights)


@dataclass(frozen=True)
class Notice:
    """A venue's notice. A `fresh` one was never shown, so its first spot is due at once.

    every_minute: due once in every minute, regardless of the time reserved for notices and sold to campaigns
    """

    item: str
    slots: int
    from_ms: int
    until_ms: int | None = None
    fresh: bool = False
    every_minute: bool = False


@dataclass(frozen=True)
class HouseItem:
    item: str
    slots: int


@dataclass(frozen=True)
class PreviousPlan:
    """A day as it was planned before: slots before `until` are fixed; `basis` is the digest of the rest's input."""

    table: DayTable
    until: int
    basis: str


@dataclass(frozen=True)
class ScreenDay:
    """One day of a screen: its instants, the slots in which the screen is on, its allotment, its previous plan, and the
    house content that fills the time left over."""

    day: LocalDay
    open: tuple[Range, ...]
    allotted: Row = NOTHING
    previous: PreviousPlan | None = None
    house: tuple[HouseItem, ...] = ()


@dataclass(frozen=True)
class Shown:
    """An item that was shown lately, and how many slots before the first day it ended."""

    item: str
    ago: int


@dataclass(frozen=True)
class PlanScreen:
    """A screen with its days in order; `lately` are the items that it shows right before the first of them."""

    id: str
    days: tuple[ScreenDay, ...]
    notices: tuple[Notice, ...] = ()
    reserved: Fraction = Fraction(0)
    lately: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class PlanInput:
    slot_ms: int
    bookings: tuple[Booking, ...]
    screens: tuple[PlanScreen, ...]
    apart: Apart = Apart()


@dataclass(frozen=True)
class Count:
    """How many spots of an item a day holds, against how many were bought; `why` is a shortfall's reason."""

    booking: str
    item: str
    booked: int
    planned: int
    why: Why = ""


@dataclass(frozen=True)
class DayPlan:
    """A planned day of a screen. An `unchanged` one is its previous plan, whose counts are stored already."""

    screen: str
    on: date
    table: DayTable
    basis: str
    unchanged: bool
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
