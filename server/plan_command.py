"""`liftcast-server plan`: plan in the foreground, and print the progress and a summary for the operator."""

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
    allot_in_foreground,
    check_day,
    foreground_worker,
    plan_in_foreground,
    preview_allotment,
    venue_named,
    venues_waiting,
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
class PlanOptions:
    """The options of the command. `venue`: a name or an id; empty for all venues."""

    venue: str
    on: date | None
    dry_run: bool
    as_json: bool


@dataclass
class Summary:
    """The planned days and venues, in the form in which `--json` prints them."""

    days: list[dict[str, Any]] = field(default_factory=list)
    venues: list[dict[str, Any]] = field(default_factory=list)
    allotted_s: float = 0.0
    planned_s: float = 0.0

    @property
    def good(self) -> bool:
        return not any(venue["trouble"] for venue in self.venues)


def plan_network_now(settings: Settings, options: PlanOptions, *, stop: Event) -> bool:
    """Allot and plan as the options say. Returns False if some venue could not be planned."""
    engine = make_engine(settings.database_url)
    try:
        with reading(engine) as db:
            venue = venue_named(db, options.venue) if options.venue else None
            if options.on:
                check_day(db, settings, options.on, now=utc_now())
        summary = Summary()
        _allot(engine, settings, options, venue, summary, stop)
        if not options.dry_run:
            _plan(engine, settings, options, venue, summary, stop)
    finally:
        engine.dispose()
    _print_summary(summary, options)
    return summary.good


def _allot(
    engine: Engine, settings: Settings, options: PlanOptions, venue: Venue | None, summary: Summary, stop: Event
) -> None:
    with reading(engine) as db:
        names = dict(db.exec(select(Campaign.id, Campaign.name)).all())

    def on_day(day: DayAllotted) -> None:
        if options.on in (None, day.on):
            summary.days.append(_day(day, venue, names))
            _print(_day_line(summary.days[-1]), options)

    began = time.monotonic()
    if options.dry_run:
        preview_allotment(engine, settings, on_day=on_day, now=utc_now(), only=options.on)
    else:
        notice = _OnceNotice("Another planner is at work; this waits for its end.")
        worker = foreground_worker(settings, engine, stop)
        allot_in_foreground(worker, on_day=on_day, on_wait=notice.print, only=options.on)
    summary.allotted_s = time.monotonic() - began


def _plan(
    engine: Engine, settings: Settings, options: PlanOptions, venue: Venue | None, summary: Summary, stop: Event
) -> None:
    with reading(engine) as db:
        venues = [venue] if venue else venues_waiting(db, settings, now=utc_now())
    began = time.monotonic()
    for n, planned in enumerate(plan_in_foreground(foreground_worker(settings, engine, stop), venues), 1):
        summary.venues.append(_venue(planned))
        _print(f"{n}/{len(venues)}  {_venue_line(summary.venues[-1])}", options)
    summary.planned_s = time.monotonic() - began


# --- the output


def _day(day: DayAllotted, venue: Venue | None, names: Mapping[str, str]) -> dict[str, Any]:
    screens = [screen for screen in day.network.inventory.screens if venue is None or screen.venue_id == venue.id]
    changed = [screen for screen in day.changed if venue is None or screen.venue_id == venue.id]
    short = [
        {
            "campaign": order.booking,
            "name": names.get(order.booking, ""),
            "wanted": order.wanted,
            "given": order.given,
            "why": order.why,
        }
        for order in day.fulfilments
        if order.given < order.wanted
    ]
    return {
        "on": day.on.isoformat(),
        "screens": len(screens),
        "changed": len(changed),
        "orders": len(day.fulfilments),
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
    """One line for each campaign, with the sums of all its days."""
    by_campaign: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for day in days:
        for order in day["short"]:
            by_campaign.setdefault(order["campaign"], []).append((day["on"], order))
    return [
        f"short: {orders[0][1]['name']}: {sum(order['given'] for _, order in orders)} of "
        f"{sum(order['wanted'] for _, order in orders)} on {len(orders)} days from {orders[0][0]} on, "
        f"because {WHYS.get(orders[0][1]['why'], 'there is no room')}"
        for orders in by_campaign.values()
    ]


def _print(line: str, options: PlanOptions) -> None:
    """Progress goes to standard error where standard output is for JSON."""
    click.echo(line, err=options.as_json)


def _print_summary(summary: Summary, options: PlanOptions) -> None:
    if options.as_json:
        lists = {"dry_run": options.dry_run, "days": summary.days, "venues": summary.venues}
        seconds = {"allotted_s": round(summary.allotted_s, 3), "planned_s": round(summary.planned_s, 3)}
        click.echo(json.dumps(lists | seconds, ensure_ascii=False))
        return
    for line in _short_lines(summary.days):
        click.echo(line)
    click.echo(f"{len(summary.days)} days allotted in {summary.allotted_s:.1f} s", nl=False)
    if options.dry_run:
        click.echo("; nothing was written")
    else:
        click.echo(f"; {len(summary.venues)} venues planned in {summary.planned_s:.1f} s")


class _OnceNotice:
    """A line that is printed only the first time."""

    def __init__(self, line: str) -> None:
        self.line: str | None = line

    def print(self) -> None:
        if self.line:
            click.echo(self.line, err=True)
        self.line = None
