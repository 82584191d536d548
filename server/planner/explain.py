"""Why an item plays at a moment, and why another does not: from the very tables and allotments that decide. Pure.

A booking's spots of a part of the day are released and due one after the other (tape.py): spot k of q in a part of n
slots may begin once more than k are owed, and should have ended when k + 1 are. Where distances leave it no room it may
have come a little sooner; what is told is that even course.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from media.daytable import HOUSE, OFF, DayTable
from server.planner.model.allotments import Allotted, Part, Row, Why
from server.planner.model.days import LocalDay, Range, ranges_within
from server.planner.model.hours import barred_hours, hours_on, unseen_hours
from server.planner.model.network import Profile
from server.planner.model.nights import last_date
from server.planner.model.problem import Apart, Booking
from server.planner.sequence.demand_lines import begins_of

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
    """One reason. `other`: whose item it is about; `had` of `owed` spots between two instants; `at_ms`: when it is due,
    or was, or when it ends; `on`: the date that a flight begins or ended."""

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
    """Whose an item is. Who takes over keeps apart from nobody; what is the venue's own has no booking."""

    booking: str
    advertiser: str = ""
    category: str = ""


@dataclass(frozen=True)
class DayFacts:
    """A day of the screen: what may play when, what was published, and what is allotted; None where it is not (yet)."""

    profile: Profile
    table: DayTable | None = None
    allotted: Row | None = None

    @property
    def day(self) -> LocalDay:
        return self.profile.day


@dataclass(frozen=True)
class Seen:
    """What the screen shows at the moment, from when until when."""

    kind: Kind
    item: str | None
    starts_ms: int
    ends_ms: int | None


@dataclass(frozen=True)
class ScreenFacts:
    """`days`: that of the moment, then those after it that are planned · `owners` of items, by item · `pending`: the
    network is about to be allotted, so who has nothing yet may get something."""

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
    """A campaign that could be meant. `booking` is what the planner is told of it, None while no creative is ready."""

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
    """Why a candidate does not play; the first reason decides. `next_ms`: when it begins next, as far as is planned."""

    candidate: str
    reasons: tuple[Reason, ...]
    next_ms: int | None


@dataclass(frozen=True)
class Explained:
    plays: Reason
    others: tuple[Answer, ...]


def explain(facts: ScreenFacts, candidates: Iterable[Candidate]) -> Explained:
    """Why what plays does, and why each of these does not."""
    if not facts.days:
        return Explained(_outside(facts), ())
    return Explained(why_plays(facts), tuple(why_not(facts, one) for one in candidates))


# --- what plays


def why_plays(facts: ScreenFacts) -> Reason:
    seen = facts.seen
    if seen.kind in ("interrupt", "override"):
        return Reason(seen.kind, from_ms=seen.starts_ms, until_ms=seen.ends_ms)
    if seen.kind == "outside":
        return _outside(facts)
    if seen.kind == "off":
        opens = (facts.instant(first, one.day) for one in facts.days for first, _ in one.profile.open)
        return Reason("off", at_ms=min((at for at in opens if at > facts.at_ms), default=None))
    if seen.kind == "house":
        return Reason("house" if seen.item else "nothing", until_ms=seen.ends_ms)
    owner = facts.owner(seen.item)
    return _spot(facts, owner.booking) if owner.booking else _notice(facts)


def _outside(facts: ScreenFacts) -> Reason:
    return Reason("outside", from_ms=facts.seen.starts_ms, until_ms=facts.seen.ends_ms)


def _spot(facts: ScreenFacts, booking: str) -> Reason:
    """Which of its spots it is, of those that it is owed in these hours, and by when it was due."""
    slot = _begin(facts)
    part = _part_at(_row(facts, booking), slot)
    items = {item for item, owner in (facts.owners or {}).items() if owner.booking == booking}
    if part is None or not part[2]:
        return Reason("spot", other=booking)
    first, end, owed = part
    had = len(_begins(facts.today.table, items, first, slot + 1))
    due = facts.instant(_due(part, had - 1)) if 0 < had <= owed else None
    return Reason("spot", booking, had, owed, facts.instant(first), facts.instant(end), due)


def _notice(facts: ScreenFacts) -> Reason:
    """The venue's own, in the time that it reserves."""
    item, table = facts.seen.item, facts.today.table
    slots = len(table.slots) if table else 0
    begins = _begins(table, {item} if item else set(), 0, slots)
    return Reason("notice", had=sum(slot <= _begin(facts) for slot in begins), owed=len(begins))


# --- why another does not


def why_not(facts: ScreenFacts, one: Candidate) -> Answer:
    mine = facts.seen.kind == "spot" and facts.owner(facts.seen.item).booking == one.id
    reasons = (Reason("plays"),) if mine else tuple(_reasons(facts, one))
    return Answer(one.id, reasons, _next_begin(facts, one))


def _reasons(facts: ScreenFacts, one: Candidate) -> Iterator[Reason]:
    """What keeps it out, one rule after the other: what was bought, where and when it may play, what it is given."""
    booked = [*_of_booking(facts, one)]
    yield from booked
    if booked or one.booking is None:
        return
    hours = [*_of_hours(facts, one.booking)]
    yield from hours
    if facts.seen.kind in ("interrupt", "override"):
        yield Reason("covered", until_ms=facts.seen.ends_ms)
    if not hours:
        yield from _of_plan(facts, one.booking)


def _of_booking(facts: ScreenFacts, one: Candidate) -> Iterator[Reason]:
    on = facts.today.day.on
    if one.state != "booked":
        yield Reason(one.state)
    if one.ready != "ready":
        yield Reason(one.ready)
    if on < one.starts_on:
        yield Reason("before_flight", on=one.starts_on)
    if on > one.last_on:
        yield Reason("after_flight", on=one.ends_on)
    if one.targets and not one.targets & facts.traits:
        yield Reason("elsewhere")
    if one.barred & facts.traits:
        yield Reason("excluded")


def _of_hours(facts: ScreenFacts, booking: Booking) -> Iterator[Reason]:
    """When it may not play at all; `at_ms` is when it may again."""
    profile, slot = facts.today.profile, facts.slot
    again = _next_hours(facts, booking)
    if facts.at_ms < booking.since_ms:
        yield Reason("booked_later", at_ms=booking.since_ms)
    if not _inside(profile.open, slot):
        yield Reason("off", at_ms=again)
    if not _inside(ranges_within(profile.day, booking.spans_on(profile.day.on), facts.slot_ms), slot):
        yield Reason("daypart", at_ms=again)
    if _inside(profile.advert_free, slot):
        yield Reason("advert_free", at_ms=again)
    if _inside(barred_hours(profile, booking.category), slot):
        yield Reason("barred", at_ms=again)
    if _counts_impressions(booking) and _inside(unseen_hours(profile), slot):
        yield Reason("unseen", at_ms=again)
    within = [(a, b) for a, b in _may(facts, facts.today, booking) if a <= slot < b]
    if within and within[0][1] - within[0][0] < max(creative.slots for creative in booking.creatives):
        yield Reason("too_short", from_ms=facts.instant(within[0][0]), until_ms=facts.instant(within[0][1]))


def _of_plan(facts: ScreenFacts, booking: Booking) -> Iterator[Reason]:
    """What it is given of this day, and whose turn it is."""
    if facts.today.allotted is None or facts.today.table is None:
        yield Reason("unplanned")
        return
    row = _row(facts, booking.id)
    if row is None:
        yield Reason("unplanned" if facts.pending else "not_here")
        return
    given = sum(spots for _, _, spots in row.parts)
    if given:
        yield _of_part(facts, booking, row, given)
    if given < row.wanted:
        yield Reason("short", had=given, owed=row.wanted, why=row.why)
    elif not given:
        yield Reason("not_here")


def _of_part(facts: ScreenFacts, booking: Booking, row: Allotted, given: int) -> Reason:
    """Met for the day or for these hours, kept out by a distance, or another's turn."""
    items, slot, table = {one.item for one in booking.creatives}, facts.slot, facts.today.table
    whole = facts.today.day.slots(facts.slot_ms)
    had_today = len(_begins(table, items, 0, slot + 1))
    if had_today >= given:
        return Reason("met", "", had_today, given, facts.instant(0), facts.instant(whole))
    part = _part_at(row, slot)
    if part is None:
        return Reason("turn", had=had_today, owed=given, from_ms=facts.instant(0), until_ms=facts.instant(whole))
    first, end, owed = part
    span = (facts.instant(first), facts.instant(end))
    had = len(_begins(table, items, first, slot + 1))
    if had >= owed:
        return Reason("met", "", had, owed, *span)
    if first + had * (end - first) // owed <= slot:
        near = _near(facts, booking)
        if near is not None:
            return near
        if facts.seen.kind == "spot" and not facts.owner(facts.seen.item).booking:
            return Reason("reserved", until_ms=facts.seen.ends_ms)
    return Reason("turn", "", had, owed, *span, at_ms=facts.instant(_due(part, had)))


def _near(facts: ScreenFacts, booking: Booking) -> Reason | None:
    """The nearest spot, before or after what plays now, that it would stand too near to."""
    if booking.takes_over or facts.today.table is None:
        return None
    begin, apart = _begin(facts), facts.apart
    length = max(creative.slots for creative in booking.creatives)
    reach = max(apart.creative, apart.advertiser, apart.category)
    table, items = facts.today.table, {creative.item for creative in booking.creatives}
    for slot in sorted(range(begin - reach, begin + length + reach), key=lambda slot: abs(slot - begin)):
        if not 0 <= slot < len(table.slots) or table.slots[slot] in (HOUSE, OFF):
            continue
        item, (starts, ends) = table.item_at(slot), table.run_at(slot)
        if starts > begin and item in items:
            continue  # its own next one is no reason, but its turn
        owner, away = facts.owner(item), max(begin - ends, starts - begin - length, 0)
        told = Reason("near_creative", owner.booking, at_ms=facts.instant(starts))
        if item in items and len(items) == 1 and away < apart.creative:
            return told
        if owner.advertiser and owner.advertiser == booking.advertiser and away < apart.advertiser:
            return Reason("near_advertiser", owner.booking, at_ms=told.at_ms)
        if owner.category and owner.category == booking.category and away < apart.category:
            return Reason("near_category", owner.booking, at_ms=told.at_ms)
    return None


# --- looking up


def _row(facts: ScreenFacts, booking: str) -> Allotted | None:
    return next((one for one in facts.today.allotted or () if one.booking == booking), None)


def _part_at(row: Allotted | None, slot: int) -> Part | None:
    return next((part for part in row.parts if part[0] <= slot < part[1]), None) if row else None


def _due(part: Part, spot: int) -> int:
    """The slot before which spot number `spot`, from 0, should have ended."""
    first, end, owed = part
    return first - (-(spot + 1) * (end - first) // owed)


def _begin(facts: ScreenFacts) -> int:
    """The slot in which what plays began, as the table has it."""
    table, slot = facts.today.table, facts.slot
    return table.run_at(slot)[0] if table is not None and slot < len(table.slots) else slot


def _begins(table: DayTable | None, items: set[str], first: int, end: int) -> Sequence[int]:
    if table is None or end <= first:
        return ()
    return [slot for slot in begins_of(items, table, min(end, len(table.slots))) if slot >= first]


def _may(facts: ScreenFacts, one: DayFacts, booking: Booking) -> tuple[Range, ...]:
    """Where a booking may play on a day of its flight."""
    if not booking.starts_on <= one.day.on <= booking.last_on:
        return ()
    _all_day, owed = hours_on(
        one.profile,
        facts.slot_ms,
        dayparts=booking.spans_on(one.day.on),
        category=booking.category,
        impressions=_counts_impressions(booking),
        since_ms=booking.since_ms,
    )
    return owed


def _counts_impressions(booking: Booking) -> bool:
    return booking.goal_kind == "impressions"


def _next_hours(facts: ScreenFacts, booking: Booking) -> int | None:
    """When it may play again, after the moment."""
    for one in facts.days:
        for first, end in _may(facts, one, booking):
            if facts.instant(end, one.day) > facts.at_ms and facts.instant(first, one.day) > facts.at_ms:
                return facts.instant(first, one.day)
    return None


def _next_begin(facts: ScreenFacts, one: Candidate) -> int | None:
    for day in facts.days:
        after = facts.slot + 1 if day is facts.today else 0
        begins = _begins(day.table, one.items, after, len(day.table.slots) if day.table else 0)
        if begins:
            return facts.instant(begins[0], day.day)
    return None


def _inside(ranges: Iterable[Range], slot: int) -> bool:
    return any(first <= slot < end for first, end in ranges)
