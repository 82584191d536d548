"""Planning in the foreground."""

from __future__ import annotations

from datetime import datetime

import click

from server.commands.stopping import stop_on_signal
from server.plan_command import PlanOptions, plan_network_now
from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command()
@click.option("--venue", default="", help="Plan this venue only, changed or not, by its name or id.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Allot this day only; the others stay as they are.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object on standard output.")
@click.pass_obj
def plan(settings: Settings, venue: str, on: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Allot the network and plan venues now, in the foreground. Waits for a planner that is at work."""
    prepare_database(settings)
    options = PlanOptions(venue, on.date() if on else None, dry_run, as_json)
    if not plan_network_now(settings, options, stop=stop_on_signal()):
        raise click.exceptions.Exit(1)
