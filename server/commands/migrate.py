"""The upgrade of the database."""

from __future__ import annotations

import click

from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command()
@click.option("--no-copy", is_flag=True, help="Make no copy of the database before.")
@click.pass_obj
def migrate(settings: Settings, no_copy: bool) -> None:
    """Bring the database to this version's tables. The other commands do so by themselves."""
    prepare_database(settings, copy=not no_copy)
