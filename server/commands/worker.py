"""A worker process."""

from __future__ import annotations

import click

from server.commands.stopping import stop_on_signal
from server.jobs.worker import run_worker
from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command()
@click.option("--only", multiple=True, help="Take only jobs of these kinds.")
@click.option("--except", "spared", multiple=True, help="Take all but jobs of these kinds.")
@click.pass_obj
def worker(settings: Settings, only: tuple[str, ...], spared: tuple[str, ...]) -> None:
    """A worker: renditions, plans and what else is done later."""
    prepare_database(settings)
    run_worker(settings, only=frozenset(only), spared=frozenset(spared), stop=stop_on_signal())
