"""The media process."""

from __future__ import annotations

import click

from server.files.gunicorn_server import run_media
from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command()
@click.pass_obj
def media(settings: Settings) -> None:
    """The media process: serves files and takes uploads."""
    prepare_database(settings)
    run_media(settings)
