"""`liftcast-server`: every command of the server."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from media.environ import BadSetting
from server import backup as backups
from server.accounts.links import first_owner_link, sign_in_link
from server.campaigns.availability import HOST as DESK_HOST
from server.data_folder import close_data_folder, make_files_private
from server.db import make_engine, transaction, utc_now
from server.desk.serve import run_desk
from server.disk import DiskFull, is_disk_full
from server.errors import LiftcastError
from server.jobs.worker import run_worker
from server.logs import install_logs
from server.migrate import prepare_database
from server.plan_now import PlanWish, plan_network_now
from server.processes import run_processes, see_that_nobody_listens
from server.settings import Settings, read_settings
from server.web.media_server import run_media


class Told(click.Group):
    """A group whose commands tell an error as its message and remedy, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LiftcastError as error:
            raise click.ClickException(f"{error.message} {error.remedy}") from error
        except Exception as error:
            if not is_disk_full(error):
                raise
            raise click.ClickException(f"{DiskFull().message} {DiskFull().remedy}") from error


@click.group(cls=Told)
@click.pass_context
def main(context: click.Context) -> None:
    """The content server of Liftcast. Settings are read from LIFTCAST_… (see the README)."""
    make_files_private()
    try:
        context.obj = read_settings()
    except BadSetting as error:
        raise click.ClickException(str(error)) from error
    install_logs(context.obj.log_level)
    close_data_folder(context.obj)


@main.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Everything on one machine: web, media, two workers and the booking desk."""
    address = (settings.host, settings.port)
    see_that_nobody_listens(address, (settings.host, settings.media_port), (DESK_HOST, settings.planner_port))
    prepare_database(settings)
    run_processes(stop_on_signal(), address=address, when_open=lambda: tell_first_owner(settings))


@main.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """The web process: pages, API and sockets."""
    os.execv(sys.executable, [sys.executable, "-m", "server"])  # noqa: S606  gevent must patch before all imports


@main.command()
@click.pass_obj
def media(settings: Settings) -> None:
    """The media process: serves files and takes uploads."""
    prepare_database(settings)
    run_media(settings)


@main.command()
@click.option("--only", multiple=True, help="Take only jobs of these kinds.")
@click.option("--except", "spared", multiple=True, help="Take all but jobs of these kinds.")
@click.pass_obj
def worker(settings: Settings, only: tuple[str, ...], spared: tuple[str, ...]) -> None:
    """A worker: renditions, plans and what else is done later."""
    prepare_database(settings)
    run_worker(settings, only=frozenset(only), spared=frozenset(spared), stop=stop_on_signal())


@main.command()
@click.pass_obj
def desk(settings: Settings) -> None:
    """The booking desk: says, before something is sold, what is still free."""
    prepare_database(settings)
    run_desk(settings, stop=stop_on_signal())


@main.command()
@click.option("--no-copy", is_flag=True, help="Make no copy of the database before.")
@click.pass_obj
def migrate(settings: Settings, no_copy: bool) -> None:
    """Bring the database to this version's tables. The other commands do so by themselves."""
    prepare_database(settings, copy=not no_copy)


@main.command("owner-link")
@click.pass_obj
def owner(settings: Settings) -> None:
    """A one-time link that makes the first owner: for a server that was not begun with `run`."""
    prepare_database(settings)
    link = new_owner_link(settings)
    if link is None:
        raise click.ClickException("There is an owner already. Use `liftcast-server sign-in-link EMAIL`.")
    click.echo(link)


@main.command("sign-in-link")
@click.argument("email")
@click.pass_obj
def sign_in(settings: Settings, email: str) -> None:
    """A one-time link that signs this person in: for a lost password."""
    prepare_database(settings)
    with transaction(make_engine(settings.database_url)) as db:
        click.echo(sign_in_link(db, email, settings=settings, now=utc_now()))


@main.command()
@click.option("--venue", default="", help="Plan this venue only, changed or not, by its name or id.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Allot this day only; the others stay as they are.")
@click.option("--dry-run", is_flag=True, help="Tell what would change, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Tell it all as one JSON object on standard output.")
@click.pass_obj
def plan(settings: Settings, venue: str, on: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Allot the network and plan venues now, in the foreground. A planner that is at work is waited for."""
    prepare_database(settings)
    wish = PlanWish(venue, on.date() if on else None, dry_run, as_json)
    if not plan_network_now(settings, wish, stop=stop_on_signal()):
        raise click.exceptions.Exit(1)


@main.command()
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
    """A pipe or a device takes it as it comes; a file is under its name only when it is whole."""
    if str(file) != "-" and not (file.exists() and not file.is_file()):
        return backups.write_backup_file(settings, file)
    with click.open_file(str(file), "wb") as stream:
        return backups.write_backup(settings, cast(BinaryIO, stream))


@main.command()
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def restore(settings: Settings, file: BinaryIO) -> None:
    """Restore FILE into an empty data folder and an empty database."""
    counts = backups.restore_backup(settings, file)
    click.echo(f"restored {counts['rows']} rows and {counts['files']} files", err=True)


def tell_first_owner(settings: Settings) -> None:
    """On the first start, print the one-time link that makes the owner, when there is someone to open the door."""
    link = new_owner_link(settings)
    if link:
        click.echo(f"\n  No owner yet. Open this one-time link to begin:\n  {link}\n")


def new_owner_link(settings: Settings) -> str | None:
    with transaction(make_engine(settings.database_url)) as db:
        return first_owner_link(db, settings=settings, now=utc_now())


def stop_on_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


if __name__ == "__main__":
    main()
