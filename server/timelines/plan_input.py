"""Facts of a venue as the planner's question. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from media.timeline import Timeline
from media.wire.timeline import Filler
from server.allotment.bookings import booking_of, slots_of
from server.db import to_ms
from server.planner.model.allotments import NOTHING
from server.planner.model.days import LocalDay, date_at, days_from, local_day, ranges_within, weekly_spans
from server.planner.model.problem import Apart, Booking, Notice, PlanInput, PlanScreen, ScreenDay, Shown
from server.screens.models import Screen
from server.timelines.frozen import frozen_day
from server.timelines.unsold import house_on
from server.timelines.venue_snapshot import VenueSnapshot

Fillers = Mapping[str, tuple[Filler, ...]]
"""What fills the unsold time of each screen."""


@dataclass(frozen=True)
class Window:
    """The days that are planned, today first; and yesterday, which is only kept for looking back."""

    yesterday: LocalDay | None
    days: tuple[LocalDay, ...]


@dataclass(frozen=True)
class Asking:
    """What is the same for all screens of the question, and what fills each one's unsold time."""

    facts: VenueSnapshot
    fillers: Fillers
    window: Window
    bookings: dict[str, Booking]
    slot_ms: int
    apart: Apart


def window_of(zone: str, *, now_ms: int, days_ahead: int) -> Window:
    """Today and `days_ahead` whole days after it, so that never fewer are held."""
    today = date_at(zone, now_ms)
    days = days_from(zone, today, days_ahead + 1)
    before = next(day for back in (1, 2) if (day := local_day(zone, today - timedelta(days=back))) is not None)
    return Window(before if before.ends_ms == days[0].starts_ms else None, days)


def ask(
    facts: VenueSnapshot,
    old: dict[str, Timeline],
    window: Window,
    *,
    fillers: Fillers,
    effective: dict[str, int],
    slot_ms: int,
    apart: Apart,
) -> PlanInput:
    """`old` is what each screen holds, `effective` from when its next version may differ."""
    bookings = {
        one.campaign.id: booking
        for one in facts.campaigns
        if (booking := booking_of(one, facts.items, slot_ms=slot_ms)) is not None
    }
    asking = Asking(facts, fillers, window, bookings, slot_ms, apart)
    screens = tuple(
        _screen(screen, asking, old.get(screen.id), until_ms=effective[screen.id]) for screen in facts.screens
    )
    return PlanInput(slot_ms, tuple(bookings.values()), screens, apart)


def _screen(screen: Screen, asking: Asking, old: Timeline | None, *, until_ms: int) -> PlanScreen:
    facts, slot_ms = asking.facts, asking.slot_ms
    return PlanScreen(
        id=screen.id,
        days=_screen_days(screen, asking, old, until_ms=until_ms),
        notices=_notices(facts, old, slot_ms=slot_ms),
        reserved=Fraction(facts.venue.reserved_percent, 100),
        lately=_lately(old, asking),
    )


def _screen_days(screen: Screen, asking: Asking, old: Timeline | None, *, until_ms: int) -> tuple[ScreenDay, ...]:
    facts, slot_ms = asking.facts, asking.slot_ms
    hours, fillers = weekly_spans(facts.venue.hours), asking.fillers[screen.id]
    basis = facts.newest[screen.id].basis if screen.id in facts.newest else {}
    return tuple(
        ScreenDay(
            day,
            ranges_within(day, hours, slot_ms),
            facts.allotted[day.on].get(screen.id, NOTHING).only(asking.bookings),
            frozen_day(old, basis, day, until_ms=until_ms, slot_ms=slot_ms, fillers=fillers),
            house_on(fillers, day, facts, slot_ms=slot_ms),
        )
        for day in asking.window.days
    )


def _notices(facts: VenueSnapshot, old: Timeline | None, *, slot_ms: int) -> tuple[Notice, ...]:
    """One that no earlier version of the timeline knows is fresh."""
    known = old.manifest.items if old is not None else {}
    return tuple(
        Notice(
            item=run.creative_id,
            slots=slots_of(facts.items[run.creative_id].length_ms, slot_ms),
            from_ms=to_ms(run.from_at),
            until_ms=to_ms(run.until_at) if run.until_at else None,
            fresh=old is not None and run.creative_id not in known,
            every_minute=run.every_minute,
        )
        for run in facts.notices
        if run.creative_id in facts.items
    )


def _lately(old: Timeline | None, asking: Asking) -> tuple[Shown, ...]:
    """What ended yesterday, as far back as today's spots must be apart from it."""
    if old is None or asking.window.yesterday is None:
        return ()
    apart, shown = asking.apart, dict[str, int]()
    for ago in range(max(apart.creative, apart.advertiser, apart.category)):
        item = old.planned_at(asking.window.yesterday.ends_ms - 1 - ago * asking.slot_ms).item
        if item is not None:
            shown.setdefault(item, ago)
    return tuple(Shown(item, ago) for item, ago in shown.items())
