"""`liftcast-player run`, `portal`, `hotspot`, `setup`, `setup-page`: the processes of a box."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from typing import NoReturn

import click

from media.environ import BadSetting
from player.daemon import Daemon, FolderTaken
from player.display.api import DisplayUnavailable
from player.display.vlc_display import VlcDisplay
from player.display.xserver import x_server
from player.hotspot.enforcer import CommandFailed
from player.hotspot_process import explain, serve_hotspot
from player.settings import Settings, log_to_stderr, read_settings
from player.setup.unit_process import serve_setup_unit

OWN_SCREEN = (1280, 720)  # where there is no display: Xvfb draws without a graphics card


@click.group()
@click.version_option(package_name="liftcast")
def main() -> None:
    """The player of a Liftcast screen. Its settings are LIFTCAST_… in the environment; see systemd/README.md."""


@main.command()
def run() -> None:
    """Show what the server plans, for ever."""
    try:
        settings = read_settings()
        log_to_stderr(settings)
        _show(settings)
    except BadSetting as error:
        _give_up(str(error))
    except (DisplayUnavailable, FolderTaken) as error:
        _give_up(str(error) or str(error.__doc__))


@main.command()
def portal() -> None:
    """Serve the hotspot's portal: the page that phones meet when they join, and the screen's page."""
    os.execv(sys.executable, [sys.executable, "-m", "player.portal"])  # noqa: S606  gevent must patch before all imports


@main.command()
def hotspot() -> None:
    """Let phones pass the hotspot's firewall, as the portal requests. The one process that needs a privilege."""
    try:
        settings = read_settings()
        log_to_stderr(settings)
        serve_hotspot(settings)
    except BadSetting as error:
        _give_up(str(error))
    except CommandFailed as error:
        _give_up(explain(error))


@main.command()
def setup() -> None:
    """Open and close the set-up WiFi, and apply what the installer typed. It needs NetworkManager, and root."""
    try:
        settings = read_settings()
        log_to_stderr(settings)
        serve_setup_unit(settings)
    except BadSetting as error:
        _give_up(str(error))


@main.command("setup-page")
def setup_page() -> None:
    """Serve the page of the set-up WiFi, while that is needed."""
    os.execv(sys.executable, [sys.executable, "-m", "player.setup"])  # noqa: S606  gevent must patch before all imports


def _show(settings: Settings) -> None:
    server = x_server(os.environ.get("DISPLAY"), size=OWN_SCREEN)
    display = VlcDisplay(server, vout=settings.vout or None, unpause_lead_ms=settings.unpause_lead_ms)
    try:
        daemon = Daemon(settings, display)
    except (OSError, sqlite3.Error) as error:
        display.close()
        _give_up(f"The player's folder cannot be used: {error}. Check LIFTCAST_PLAYER_DIR and its rights.")
    except FolderTaken:
        display.close()
        raise
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    daemon.run()


def _give_up(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)
