"""The booking desk's process."""

from __future__ import annotations

import click

from server.availability.server import run_availability
from server.commands.stopping import stop_on_signal
from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command()
@click.pass_obj
def desk(settings: Settings) -> None:
    """The booking desk: says, before something is sold, what is still free."""
    prepare_database(settings)
    run_availability(settings, stop=stop_on_signal())
