"""The facts about a screen's moment: its days, the item that it shows, its candidates; and look-ups in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from media.daytable import DayTable
from server.planner.model.allotments import Allotted, Part, Row, Why
from server.planner.model.days import LocalDay, Range
from server.planner.model.hours import hours_on
from server.planner.model.network import Profile
from server.planner.model.nights import last_date
from server.planner.model.problem import Apart, Booking
from server.planner.sequence.demand_lines import spot_begins

State = Literal["draft", "booked", "paused", "ended"]
Ready = Literal["ready", "processing", "failed", "gone"]
Kind = Literal["spot", "house", "interrupt", "off", "override", "outside"]
Code = Literal[
    # what plays
    "spot", "notice", "house", "nothing", "off", "interrupt", "override", "outside",
    # why another does not
    "plays", "draft", "paused", "ended", "processing", "failed", "gone", "before_flight", "after_flight", "elsewhere",
    "excluded", "booked_later", "daypart", "advert_free", "barred", "unseen", "too_short", "unplanned", "not_here",
    "met", "short", "turn", "near_creative", "near_advertiser", "near_category", "reserved", "covered",
]  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """One reason.

    other: the booking whose item it is about · had, owed: spots shown and owed between `from_ms` and `until_ms`
    at_ms: when the spot is or was due, or when the reason ends · on: the date on which a flight begins or ended
    why: of a shortfall
    """

    code: Code
    other: str = ""
    had: int = 0
    owed: int = 0
    from_ms: int | None = None
    until_ms: int | None = None
    at_ms: int | None = None
    on: date | None = None
    why: Why = ""


@dataclass(frozen=True)
class Owner:
    """The owner of an item. A takeover has neither advertiser nor category here; a venue's own item has no booking."""

    booking: str
    advertiser: str = ""
    category: str = ""


@dataclass(frozen=True)
class DayFacts:
    """A day of the screen: its rules, its published table and its allotment; None where these do not exist (yet)."""

    profile: Profile
    table: DayTable | None = None
    allotted: Row | None = None

    @property
    def day(self) -> LocalDay:
        return self.profile.day


@dataclass(frozen=True)
class Seen:
    """The item that the screen shows at the moment, with its beginning and end."""

    kind: Kind
    item: str | None
    starts_ms: int
    ends_ms: int | None


@dataclass(frozen=True)
class ScreenFacts:
    """days: that of the moment, then the planned days after it · owners: by item
    pending: the network is about to be allotted, so a booking without spots may still get some
    """

    at_ms: int
    slot_ms: int
    seen: Seen
    days: tuple[DayFacts, ...]
    traits: frozenset[str] = frozenset()
    owners: Mapping[str, Owner] | None = None
    pending: bool = False
    apart: Apart = field(default_factory=Apart)

    @property
    def today(self) -> DayFacts:
        return self.days[0]

    @property
    def slot(self) -> int:
        return (self.at_ms - self.today.day.starts_ms) // self.slot_ms

    def instant(self, slot: int, day: LocalDay | None = None) -> int:
        day = day or self.today.day
        return min(day.starts_ms + slot * self.slot_ms, day.ends_ms)

    def owner(self, item: str | None) -> Owner:
        return (self.owners or {}).get(item or "", Owner(""))


@dataclass(frozen=True)
class Candidate:
    """A campaign that could play. `booking` is its form in the plan's input, None while no creative is ready."""

    id: str
    state: State
    ready: Ready
    starts_on: date
    ends_on: date
    targets: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    booking: Booking | None = None

    @property
    def last_on(self) -> date:
        """The last date on which it plays: a night of its last day goes on after midnight."""
        return last_date(self.booking.dayparts, self.ends_on) if self.booking else self.ends_on

    @property
    def items(self) -> set[str]:
        return {creative.item for creative in self.booking.creatives} if self.booking else set()


@dataclass(frozen=True)
class Answer:
    """Why a candidate does not play; the first reason decides. `next_ms`: its next spot, as far as days are planned."""

    candidate: str
    reasons: tuple[Reason, ...]
    next_ms: int | None


@dataclass(frozen=True)
class Explained:
    plays: Reason
    others: tuple[Answer, ...]


# --- looking up


def allotment_of(facts: ScreenFacts, booking: str) -> Allotted | None:
    """The booking's allotment of today; None if it has none."""
    return next((allotted for allotted in facts.today.allotted or () if allotted.booking == booking), None)


def part_at(allotted: Allotted | None, slot: int) -> Part | None:
    """The part of the day in which this slot is."""
    return next((part for part in allotted.parts if part[0] <= slot < part[1]), None) if allotted else None


def due_slot(part: Part, spot: int) -> int:
    """The slot before which spot number `spot`, from 0, should have ended."""
    first, end, owed = part
    return first - (-(spot + 1) * (end - first) // owed)


def shown_since(facts: ScreenFacts) -> int:
    """The slot in which the present item began, according to the table."""
    table, slot = facts.today.table, facts.slot
    return table.run_at(slot)[0] if table is not None and slot < len(table.slots) else slot


def begins_of(table: DayTable | None, items: set[str], first: int, end: int) -> Sequence[int]:
    """The slots from `first` to before `end` in which spots of these items begin."""
    if table is None or end <= first:
        return ()
    return [slot for slot in spot_begins(items, table, min(end, len(table.slots))) if slot >= first]


def hours_of(facts: ScreenFacts, day: DayFacts, booking: Booking) -> tuple[Range, ...]:
    """The slots in which a booking may play on a day of its flight."""
    if not booking.starts_on <= day.day.on <= booking.last_on:
        return ()
    _all_day, owed = hours_on(
        day.profile,
        facts.slot_ms,
        dayparts=booking.spans_on(day.day.on),
        category=booking.category,
        impressions=counts_impressions(booking),
        since_ms=booking.since_ms,
    )
    return owed


def counts_impressions(booking: Booking) -> bool:
    return booking.goal_kind == "impressions"


def next_hours(facts: ScreenFacts, booking: Booking) -> int | None:
    """When its next hours begin after the moment."""
    for day in facts.days:
        for first, end in hours_of(facts, day, booking):
            if facts.instant(end, day.day) > facts.at_ms and facts.instant(first, day.day) > facts.at_ms:
                return facts.instant(first, day.day)
    return None


def next_begin(facts: ScreenFacts, candidate: Candidate) -> int | None:
    """When its next spot begins after the moment, as far as days are planned."""
    for day in facts.days:
        after = facts.slot + 1 if day is facts.today else 0
        begins = begins_of(day.table, candidate.items, after, len(day.table.slots) if day.table else 0)
        if begins:
            return facts.instant(begins[0], day.day)
    return None
