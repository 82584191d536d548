"""Why an item plays at a moment, and why another does not: from the same tables and allotments that decide it.

A booking's spots of a part of the day are released and due one after the other (sequence/dispatch.py): spot k of q in a
part of n slots may begin once more than k are owed, and should have ended when k + 1 are. Where distances leave it no
room, a spot may have begun a little sooner; the reasons here report the even course.
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


def explain(facts: ScreenFacts, candidates: Iterable[Candidate]) -> Explained:
    """Why the present item plays, and why each of the candidates does not."""
    if not facts.days:
        return Explained(_outside(facts), ())
    return Explained(why_plays(facts), tuple(why_not(facts, candidate) for candidate in candidates))


# --- what plays


def why_plays(facts: ScreenFacts) -> Reason:
    seen = facts.seen
    if seen.kind in ("interrupt", "override"):
        return Reason(seen.kind, from_ms=seen.starts_ms, until_ms=seen.ends_ms)
    if seen.kind == "outside":
        return _outside(facts)
    if seen.kind == "off":
        opens = (facts.instant(first, day.day) for day in facts.days for first, _ in day.profile.open)
        return Reason("off", at_ms=min((at for at in opens if at > facts.at_ms), default=None))
    if seen.kind == "house":
        return Reason("house" if seen.item else "nothing", until_ms=seen.ends_ms)
    owner = facts.owner(seen.item)
    return _spot(facts, owner.booking) if owner.booking else _notice(facts)


def _outside(facts: ScreenFacts) -> Reason:
    return Reason("outside", from_ms=facts.seen.starts_ms, until_ms=facts.seen.ends_ms)


def _spot(facts: ScreenFacts, booking: str) -> Reason:
    """The number of the spot among those that its booking is owed in these hours, and when it was due."""
    slot = _shown_since(facts)
    part = _part_at(_allotted(facts, booking), slot)
    items = {item for item, owner in (facts.owners or {}).items() if owner.booking == booking}
    if part is None or not part[2]:
        return Reason("spot", other=booking)
    first, end, owed = part
    had = len(_spot_begins(facts.today.table, items, first, slot + 1))
    due = facts.instant(_due_slot(part, had - 1)) if 0 < had <= owed else None
    return Reason("spot", booking, had, owed, facts.instant(first), facts.instant(end), due)


def _notice(facts: ScreenFacts) -> Reason:
    """A notice of the venue, in the time that it reserves."""
    item, table = facts.seen.item, facts.today.table
    slots = len(table.slots) if table else 0
    begins = _spot_begins(table, {item} if item else set(), 0, slots)
    return Reason("notice", had=sum(slot <= _shown_since(facts) for slot in begins), owed=len(begins))


# --- why another does not


def why_not(facts: ScreenFacts, candidate: Candidate) -> Answer:
    mine = facts.seen.kind == "spot" and facts.owner(facts.seen.item).booking == candidate.id
    reasons = (Reason("plays"),) if mine else tuple(_reasons(facts, candidate))
    return Answer(candidate.id, reasons, _next_begin(facts, candidate))


def _reasons(facts: ScreenFacts, candidate: Candidate) -> Iterator[Reason]:
    """The rules that exclude it, in this order: its booking, where and when it may play, its allotment, its turn."""
    against_booking = [*_booking_reasons(facts, candidate)]
    yield from against_booking
    if against_booking or candidate.booking is None:
        return
    against_hours = [*_hours_reasons(facts, candidate.booking)]
    yield from against_hours
    if facts.seen.kind in ("interrupt", "override"):
        yield Reason("covered", until_ms=facts.seen.ends_ms)
    if not against_hours:
        yield from _plan_reasons(facts, candidate.booking)


def _booking_reasons(facts: ScreenFacts, candidate: Candidate) -> Iterator[Reason]:
    on = facts.today.day.on
    if candidate.state != "booked":
        yield Reason(candidate.state)
    if candidate.ready != "ready":
        yield Reason(candidate.ready)
    if on < candidate.starts_on:
        yield Reason("before_flight", on=candidate.starts_on)
    if on > candidate.last_on:
        yield Reason("after_flight", on=candidate.ends_on)
    if candidate.targets and not candidate.targets & facts.traits:
        yield Reason("elsewhere")
    if candidate.barred & facts.traits:
        yield Reason("excluded")


def _hours_reasons(facts: ScreenFacts, booking: Booking) -> Iterator[Reason]:
    """Rules by which it may not play at all now; `at_ms` is when it may again."""
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
    within = [(a, b) for a, b in _hours(facts, facts.today, booking) if a <= slot < b]
    if within and within[0][1] - within[0][0] < max(creative.slots for creative in booking.creatives):
        yield Reason("too_short", from_ms=facts.instant(within[0][0]), until_ms=facts.instant(within[0][1]))


def _plan_reasons(facts: ScreenFacts, booking: Booking) -> Iterator[Reason]:
    """Its allotment of this day, and whose turn it is."""
    if facts.today.allotted is None or facts.today.table is None:
        yield Reason("unplanned")
        return
    allotted = _allotted(facts, booking.id)
    if allotted is None:
        yield Reason("unplanned" if facts.pending else "not_here")
        return
    given = sum(spots for _, _, spots in allotted.parts)
    if given:
        yield _part_reason(facts, booking, allotted, given)
    if given < allotted.wanted:
        yield Reason("short", had=given, owed=allotted.wanted, why=allotted.why)
    elif not given:
        yield Reason("not_here")


def _part_reason(facts: ScreenFacts, booking: Booking, allotted: Allotted, given: int) -> Reason:
    """It has all its spots of the day or of these hours, is too near to another spot, or it is another's turn."""
    items, slot, table = {creative.item for creative in booking.creatives}, facts.slot, facts.today.table
    whole = facts.today.day.slots(facts.slot_ms)
    had_today = len(_spot_begins(table, items, 0, slot + 1))
    if had_today >= given:
        return Reason("met", "", had_today, given, facts.instant(0), facts.instant(whole))
    part = _part_at(allotted, slot)
    if part is None:
        return Reason("turn", had=had_today, owed=given, from_ms=facts.instant(0), until_ms=facts.instant(whole))
    first, end, owed = part
    span = (facts.instant(first), facts.instant(end))
    had = len(_spot_begins(table, items, first, slot + 1))
    if had >= owed:
        return Reason("met", "", had, owed, *span)
    if first + had * (end - first) // owed <= slot:
        near = _distance_reason(facts, booking)
        if near is not None:
            return near
        if facts.seen.kind == "spot" and not facts.owner(facts.seen.item).booking:
            return Reason("reserved", until_ms=facts.seen.ends_ms)
    return Reason("turn", "", had, owed, *span, at_ms=facts.instant(_due_slot(part, had)))


def _distance_reason(facts: ScreenFacts, booking: Booking) -> Reason | None:
    """The nearest spot, before or after the present item, from which its distance would be too small."""
    if booking.takes_over or facts.today.table is None:
        return None
    begin, apart = _shown_since(facts), facts.apart
    length = max(creative.slots for creative in booking.creatives)
    reach = max(apart.creative, apart.advertiser, apart.category)
    table, items = facts.today.table, {creative.item for creative in booking.creatives}
    for slot in sorted(range(begin - reach, begin + length + reach), key=lambda slot: abs(slot - begin)):
        if not 0 <= slot < len(table.slots) or table.slots[slot] in (HOUSE, OFF):
            continue
        item, (starts, ends) = table.item_at(slot), table.run_at(slot)
        if starts > begin and item in items:
            continue  # its own next spot is its turn, and no reason
        owner, away = facts.owner(item), max(begin - ends, starts - begin - length, 0)
        by_creative = Reason("near_creative", owner.booking, at_ms=facts.instant(starts))
        if item in items and len(items) == 1 and away < apart.creative:
            return by_creative
        if owner.advertiser and owner.advertiser == booking.advertiser and away < apart.advertiser:
            return Reason("near_advertiser", owner.booking, at_ms=by_creative.at_ms)
        if owner.category and owner.category == booking.category and away < apart.category:
            return Reason("near_category", owner.booking, at_ms=by_creative.at_ms)
    return None


# --- looking up


def _allotted(facts: ScreenFacts, booking: str) -> Allotted | None:
    return next((allotted for allotted in facts.today.allotted or () if allotted.booking == booking), None)


def _part_at(allotted: Allotted | None, slot: int) -> Part | None:
    return next((part for part in allotted.parts if part[0] <= slot < part[1]), None) if allotted else None


def _due_slot(part: Part, spot: int) -> int:
    """The slot before which spot number `spot`, from 0, should have ended."""
    first, end, owed = part
    return first - (-(spot + 1) * (end - first) // owed)


def _shown_since(facts: ScreenFacts) -> int:
    """The slot in which the present item began, according to the table."""
    table, slot = facts.today.table, facts.slot
    return table.run_at(slot)[0] if table is not None and slot < len(table.slots) else slot


def _spot_begins(table: DayTable | None, items: set[str], first: int, end: int) -> Sequence[int]:
    if table is None or end <= first:
        return ()
    return [slot for slot in spot_begins(items, table, min(end, len(table.slots))) if slot >= first]


def _hours(facts: ScreenFacts, day: DayFacts, booking: Booking) -> tuple[Range, ...]:
    """The slots in which a booking may play on a day of its flight."""
    if not booking.starts_on <= day.day.on <= booking.last_on:
        return ()
    _all_day, owed = hours_on(
        day.profile,
        facts.slot_ms,
        dayparts=booking.spans_on(day.day.on),
        category=booking.category,
        impressions=_counts_impressions(booking),
        since_ms=booking.since_ms,
    )
    return owed


def _counts_impressions(booking: Booking) -> bool:
    return booking.goal_kind == "impressions"


def _next_hours(facts: ScreenFacts, booking: Booking) -> int | None:
    """When its next hours begin after the moment."""
    for day in facts.days:
        for first, end in _hours(facts, day, booking):
            if facts.instant(end, day.day) > facts.at_ms and facts.instant(first, day.day) > facts.at_ms:
                return facts.instant(first, day.day)
    return None


def _next_begin(facts: ScreenFacts, candidate: Candidate) -> int | None:
    for day in facts.days:
        after = facts.slot + 1 if day is facts.today else 0
        begins = _spot_begins(day.table, candidate.items, after, len(day.table.slots) if day.table else 0)
        if begins:
            return facts.instant(begins[0], day.day)
    return None


def _inside(ranges: Iterable[Range], slot: int) -> bool:
    return any(first <= slot < end for first, end in ranges)
