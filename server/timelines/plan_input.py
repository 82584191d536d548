"""The planner's input of a venue, built from its snapshot. Pure."""

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
"""The fillers of each screen's unsold time, by screen id."""


@dataclass(frozen=True)
class Window:
    """The days that are planned, today first; and yesterday, which only serves to look back."""

    yesterday: LocalDay | None
    days: tuple[LocalDay, ...]


@dataclass(frozen=True)
class VenueInput:
    """The part of the input that is the same for all screens of the venue, and the fillers of each screen."""

    snapshot: VenueSnapshot
    fillers: Fillers
    window: Window
    bookings: dict[str, Booking]
    slot_ms: int
    apart: Apart


def window_of(zone: str, *, now_ms: int, days_ahead: int) -> Window:
    """Today and `days_ahead` whole days after it, so that players never have fewer."""
    today = date_at(zone, now_ms)
    days = days_from(zone, today, days_ahead + 1)
    before = next(day for back in (1, 2) if (day := local_day(zone, today - timedelta(days=back))) is not None)
    return Window(before if before.ends_ms == days[0].starts_ms else None, days)


def plan_input(
    snapshot: VenueSnapshot,
    old: dict[str, Timeline],
    window: Window,
    *,
    fillers: Fillers,
    effective: dict[str, int],
    slot_ms: int,
    apart: Apart,
) -> PlanInput:
    """The input for all screens of a venue.

    old: the newest timeline of each screen · effective: the instant from which its next version may differ, in ms
    """
    bookings = {
        booked.campaign.id: booking
        for booked in snapshot.campaigns
        if (booking := booking_of(booked, snapshot.items, slot_ms=slot_ms)) is not None
    }
    venue = VenueInput(snapshot, fillers, window, bookings, slot_ms, apart)
    screens = tuple(
        _screen(screen, venue, old.get(screen.id), until_ms=effective[screen.id]) for screen in snapshot.screens
    )
    return PlanInput(slot_ms, tuple(bookings.values()), screens, apart)


def _screen(screen: Screen, venue: VenueInput, old: Timeline | None, *, until_ms: int) -> PlanScreen:
    return PlanScreen(
        id=screen.id,
        days=_screen_days(screen, venue, old, until_ms=until_ms),
        notices=_notices(venue.snapshot, old, slot_ms=venue.slot_ms),
        reserved=Fraction(venue.snapshot.venue.reserved_percent, 100),
        lately=_lately(old, venue),
    )


def _screen_days(screen: Screen, venue: VenueInput, old: Timeline | None, *, until_ms: int) -> tuple[ScreenDay, ...]:
    snapshot, slot_ms = venue.snapshot, venue.slot_ms
    hours, fillers = weekly_spans(snapshot.venue.hours), venue.fillers[screen.id]
    basis = snapshot.newest[screen.id].basis if screen.id in snapshot.newest else {}
    return tuple(
        ScreenDay(
            day,
            ranges_within(day, hours, slot_ms),
            snapshot.allotted[day.on].get(screen.id, NOTHING).only(venue.bookings),
            frozen_day(old, basis, day, until_ms=until_ms, slot_ms=slot_ms, fillers=fillers),
            house_on(fillers, day, snapshot, slot_ms=slot_ms),
        )
        for day in venue.window.days
    )


def _notices(snapshot: VenueSnapshot, old: Timeline | None, *, slot_ms: int) -> tuple[Notice, ...]:
    """The notices of the venue. A notice that the old timeline does not contain is fresh."""
    known = old.manifest.items if old is not None else {}
    return tuple(
        Notice(
            item=run.creative_id,
            slots=slots_of(snapshot.items[run.creative_id].length_ms, slot_ms),
            from_ms=to_ms(run.from_at),
            until_ms=to_ms(run.until_at) if run.until_at else None,
            fresh=old is not None and run.creative_id not in known,
            every_minute=run.every_minute,
        )
        for run in snapshot.notices
        if run.creative_id in snapshot.items
    )


def _lately(old: Timeline | None, venue: VenueInput) -> tuple[Shown, ...]:
    """The last items of yesterday, as far back as today's spots must keep a distance from them; `ago` is in slots."""
    if old is None or venue.window.yesterday is None:
        return ()
    apart, shown = venue.apart, dict[str, int]()
    for ago in range(max(apart.creative, apart.advertiser, apart.category)):
        item = old.planned_at(venue.window.yesterday.ends_ms - 1 - ago * venue.slot_ms).item
        if item is not None:
            shown.setdefault(item, ago)
    return tuple(Shown(item, ago) for item, ago in shown.items())
