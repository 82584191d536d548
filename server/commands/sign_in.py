"""One-time links that sign somebody in."""

from __future__ import annotations

import click

from server.accounts.links import first_owner_link, sign_in_link
from server.db import make_engine, transaction, utc_now
from server.settings import Settings
from server.upkeep.migrate import prepare_database


@click.command("owner-link")
@click.pass_obj
def owner(settings: Settings) -> None:
    """A one-time link that makes the first owner: for a server that was not begun with `run`."""
    prepare_database(settings)
    link = new_owner_link(settings)
    if link is None:
        raise click.ClickException("There is an owner already. Use `liftcast-server sign-in-link EMAIL`.")
    click.echo(link)


@click.command("sign-in-link")
@click.argument("email")
@click.pass_obj
def sign_in(settings: Settings, email: str) -> None:
    """A one-time link that signs this person in: for a lost password."""
    prepare_database(settings)
    with transaction(make_engine(settings.database_url)) as db:
        click.echo(sign_in_link(db, email, settings=settings, now=utc_now()))


def new_owner_link(settings: Settings) -> str | None:
    with transaction(make_engine(settings.database_url)) as db:
        return first_owner_link(db, settings=settings, now=utc_now())
