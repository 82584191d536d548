"""Everything on one machine, as child processes."""

from __future__ import annotations

import click

from server.campaigns.availability_messages import HOST as DESK_HOST
from server.commands.sign_in import new_owner_link
from server.commands.stopping import stop_on_signal
from server.runtime.processes import require_free_ports, run_processes
from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Everything on one machine: web, media, two workers and the booking desk."""
    address = (settings.host, settings.port)
    require_free_ports(address, (settings.host, settings.media_port), (DESK_HOST, settings.planner_port))
    prepare_database(settings)
    run_processes(stop_on_signal(), address=address, when_open=lambda: tell_first_owner(settings))


def tell_first_owner(settings: Settings) -> None:
    """On the first start, print the one-time link that makes the owner, when there is someone to open the door."""
    link = new_owner_link(settings)
    if link:
        click.echo(f"\n  No owner yet. Open this one-time link to begin:\n  {link}\n")
