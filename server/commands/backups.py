"""Backups: written and restored."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, cast

import click

from server.settings import Settings
from server.upkeep import backup as backups


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Write everything into FILE (- for standard output); the server may go on running.

    The key that signs sessions and coupons is in it: keep it as safe as the server itself.
    """
    written = _write_backup(settings, file)
    click.echo(f"wrote {written.rows} rows and {written.files} files, and the key that signs everything", err=True)
    click.echo("Whoever has this backup can sign in as anyone: keep it as safe as the server itself.", err=True)
    if written.missing:
        click.echo(f"WARNING: {len(written.missing)} files that rows name are missing from the data folder:", err=True)
        click.echo("\n".join(sorted(written.missing)), err=True)


def _write_backup(settings: Settings, file: Path) -> backups.Written:
    """A pipe or a device receives it as it is written; a file has its name only once it is complete."""
    if str(file) != "-" and not (file.exists() and not file.is_file()):
        return backups.write_backup_file(settings, file)
    with click.open_file(str(file), "wb") as stream:
        return backups.write_backup(settings, cast(BinaryIO, stream))


@click.command()
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def restore(settings: Settings, file: BinaryIO) -> None:
    """Restore FILE into an empty data folder and an empty database."""
    counts = backups.restore_backup(settings, file)
    click.echo(f"restored {counts['rows']} rows and {counts['files']} files", err=True)
