"""Why an item plays at a moment, and why another does not: from the same tables and allotments that decide it.

A booking's spots of a part of the day are released and due one after the other (sequence/dispatch.py): spot k of q in a
part of n slots may begin once more than k are owed, and should have ended when k + 1 are. Where distances leave it no
room, a spot may have begun a little sooner; the reasons here report the even course.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from media.daytable import HOUSE, OFF
from server.planner.explain.facts import (
    Answer,
    Candidate,
    Explained,
    Reason,
    ScreenFacts,
    allotment_of,
    begins_of,
    counts_impressions,
    due_slot,
    hours_of,
    next_begin,
    next_hours,
    part_at,
    shown_since,
)
from server.planner.model.allotments import Allotted
from server.planner.model.days import Range, ranges_within
from server.planner.model.hours import barred_hours, unseen_hours
from server.planner.model.problem import Booking


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
    slot = shown_since(facts)
    part = part_at(allotment_of(facts, booking), slot)
    items = {item for item, owner in (facts.owners or {}).items() if owner.booking == booking}
    if part is None or not part[2]:
        return Reason("spot", other=booking)
    first, end, owed = part
    had = len(begins_of(facts.today.table, items, first, slot + 1))
    due = facts.instant(due_slot(part, had - 1)) if 0 < had <= owed else None
    return Reason("spot", booking, had, owed, facts.instant(first), facts.instant(end), due)


def _notice(facts: ScreenFacts) -> Reason:
    """A notice of the venue, in the time that it reserves."""
    item, table = facts.seen.item, facts.today.table
    slots = len(table.slots) if table else 0
    begins = begins_of(table, {item} if item else set(), 0, slots)
    return Reason("notice", had=sum(slot <= shown_since(facts) for slot in begins), owed=len(begins))


# --- why another does not


def why_not(facts: ScreenFacts, candidate: Candidate) -> Answer:
    mine = facts.seen.kind == "spot" and facts.owner(facts.seen.item).booking == candidate.id
    reasons = (Reason("plays"),) if mine else tuple(_reasons(facts, candidate))
    return Answer(candidate.id, reasons, next_begin(facts, candidate))


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
    again = next_hours(facts, booking)
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
    if counts_impressions(booking) and _inside(unseen_hours(profile), slot):
        yield Reason("unseen", at_ms=again)
    within = [(a, b) for a, b in hours_of(facts, facts.today, booking) if a <= slot < b]
    if within and within[0][1] - within[0][0] < max(creative.slots for creative in booking.creatives):
        yield Reason("too_short", from_ms=facts.instant(within[0][0]), until_ms=facts.instant(within[0][1]))


def _plan_reasons(facts: ScreenFacts, booking: Booking) -> Iterator[Reason]:
    """Its allotment of this day, and whose turn it is."""
    if facts.today.allotted is None or facts.today.table is None:
        yield Reason("unplanned")
        return
    allotted = allotment_of(facts, booking.id)
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
    had_today = len(begins_of(table, items, 0, slot + 1))
    if had_today >= given:
        return Reason("met", "", had_today, given, facts.instant(0), facts.instant(whole))
    part = part_at(allotted, slot)
    if part is None:
        return Reason("turn", had=had_today, owed=given, from_ms=facts.instant(0), until_ms=facts.instant(whole))
    first, end, owed = part
    span = (facts.instant(first), facts.instant(end))
    had = len(begins_of(table, items, first, slot + 1))
    if had >= owed:
        return Reason("met", "", had, owed, *span)
    if first + had * (end - first) // owed <= slot:
        near = _distance_reason(facts, booking)
        if near is not None:
            return near
        if facts.seen.kind == "spot" and not facts.owner(facts.seen.item).booking:
            return Reason("reserved", until_ms=facts.seen.ends_ms)
    return Reason("turn", "", had, owed, *span, at_ms=facts.instant(due_slot(part, had)))


def _distance_reason(facts: ScreenFacts, booking: Booking) -> Reason | None:
    """The nearest spot, before or after the present item, from which its distance would be too small."""
    if booking.takes_over or facts.today.table is None:
        return None
    begin, apart = shown_since(facts), facts.apart
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


def _inside(ranges: Iterable[Range], slot: int) -> bool:
    return any(first <= slot < end for first, end in ranges)
