"""`liftcast-server plan`: what an operator reads while the network is planned by hand, and after it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Event
from typing import Any

import click
from sqlalchemy import Engine
from sqlmodel import select

from server.allotment.allot import DayAllotted
from server.campaigns.models import Campaign
from server.db import make_engine, reading, utc_now
from server.jobs.foreground import (
    VenuePlanned,
    allot_by_hand,
    check_day,
    look_ahead,
    plan_by_hand,
    venue_named,
    venues_waiting,
    worker_by_hand,
)
from server.screens.models import Venue
from server.settings import Settings

WHYS = {
    "overbooked": "its hours are sold out",
    "no_room": "it must keep its distance from others",
    "closed": "no screen is on and free for it then",
    "too_short": "its hours are too short for a spot",
}


@dataclass(frozen=True)
class PlanWish:
    venue: str
    on: date | None
    dry_run: bool
    as_json: bool


@dataclass
class Summary:
    """What was done, or would be."""

    days: list[dict[str, Any]] = field(default_factory=list)
    venues: list[dict[str, Any]] = field(default_factory=list)
    allotted_s: float = 0.0
    planned_s: float = 0.0

    @property
    def good(self) -> bool:
        return not any(venue["trouble"] for venue in self.venues)


def plan_network_now(settings: Settings, wish: PlanWish, *, stop: Event) -> bool:
    """False where some venue could not be planned."""
    engine = make_engine(settings.database_url)
    try:
        with reading(engine) as db:
            venue = venue_named(db, wish.venue) if wish.venue else None
            if wish.on:
                check_day(db, settings, wish.on, now=utc_now())
        summary = Summary()
        _allot(engine, settings, wish, venue, summary, stop)
        if not wish.dry_run:
            _plan(engine, settings, wish, venue, summary, stop)
    finally:
        engine.dispose()
    _tell_all(summary, wish)
    return summary.good


def _allot(
    engine: Engine, settings: Settings, wish: PlanWish, venue: Venue | None, summary: Summary, stop: Event
) -> None:
    with reading(engine) as db:
        names = dict(db.exec(select(Campaign.id, Campaign.name)).all())

    def told(day: DayAllotted) -> None:
        if wish.on in (None, day.on):
            summary.days.append(_day(day, venue, names))
            _say(_day_line(summary.days[-1]), wish)

    began = time.monotonic()
    if wish.dry_run:
        look_ahead(engine, settings, told=told, now=utc_now(), only=wish.on)
    else:
        waits = _Once("Another planner is at work; this waits for its end.")
        worker = worker_by_hand(settings, engine, stop)
        allot_by_hand(worker, told=told, waiting=waits.say, only=wish.on)
    summary.allotted_s = time.monotonic() - began


def _plan(
    engine: Engine, settings: Settings, wish: PlanWish, venue: Venue | None, summary: Summary, stop: Event
) -> None:
    with reading(engine) as db:
        venues = [venue] if venue else venues_waiting(db, settings, now=utc_now())
    began = time.monotonic()
    for n, planned in enumerate(plan_by_hand(worker_by_hand(settings, engine, stop), venues), 1):
        summary.venues.append(_venue(planned))
        _say(f"{n}/{len(venues)}  {_venue_line(summary.venues[-1])}", wish)
    summary.planned_s = time.monotonic() - began


# --- in words


def _day(day: DayAllotted, venue: Venue | None, names: Mapping[str, str]) -> dict[str, Any]:
    asked = [one for one in day.network.premises.screens if venue is None or one.venue_id == venue.id]
    changed = [one for one in day.changed if venue is None or one.venue_id == venue.id]
    short = [
        {
            "campaign": one.booking,
            "name": names.get(one.booking, ""),
            "wanted": one.wanted,
            "given": one.given,
            "why": one.why,
        }
        for one in day.met
        if one.given < one.wanted
    ]
    return {
        "on": day.on.isoformat(),
        "screens": len(asked),
        "changed": len(changed),
        "orders": len(day.met),
        "short": short,
    }


def _venue(planned: VenuePlanned) -> dict[str, Any]:
    trouble = f"{planned.trouble.message} {planned.trouble.remedy}" if planned.trouble else ""
    return {"venue": planned.venue.id, "name": planned.venue.name, "screens": planned.screens, "trouble": trouble}


def _day_line(day: Mapping[str, Any]) -> str:
    return (
        f"{day['on']}  {day['changed']} of {day['screens']} screens change, "
        f"{len(day['short'])} of {day['orders']} orders short"
    )


def _venue_line(venue: Mapping[str, Any]) -> str:
    return f"{venue['name']}: {venue['trouble'] or str(venue['screens']) + ' screens with a new timeline'}"


def _short_lines(days: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each order once, with all its days."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for day in days:
        for one in day["short"]:
            found.setdefault(one["campaign"], []).append((day["on"], one))
    return [
        f"short: {rows[0][1]['name']}: {sum(one['given'] for _, one in rows)} of "
        f"{sum(one['wanted'] for _, one in rows)} on {len(rows)} days from {rows[0][0]} on, "
        f"because {WHYS.get(rows[0][1]['why'], 'there is no room')}"
        for rows in found.values()
    ]


def _say(line: str, wish: PlanWish) -> None:
    click.echo(line, err=wish.as_json)


def _tell_all(summary: Summary, wish: PlanWish) -> None:
    if wish.as_json:
        told = {"dry_run": wish.dry_run, "days": summary.days, "venues": summary.venues}
        seconds = {"allotted_s": round(summary.allotted_s, 3), "planned_s": round(summary.planned_s, 3)}
        click.echo(json.dumps(told | seconds, ensure_ascii=False))
        return
    for line in _short_lines(summary.days):
        click.echo(line)
    click.echo(f"{len(summary.days)} days allotted in {summary.allotted_s:.1f} s", nl=False)
    if wish.dry_run:
        click.echo("; nothing was written")
    else:
        click.echo(f"; {len(summary.venues)} venues planned in {summary.planned_s:.1f} s")


class _Once:
    """Says it the first time."""

    def __init__(self, line: str) -> None:
        self.line: str | None = line

    def say(self) -> None:
        if self.line:
            click.echo(self.line, err=True)
        self.line = None
