"""The web process."""

from __future__ import annotations

import os
import sys

import click


@click.command()
def web() -> None:
    """The web process: pages, API and sockets."""
    os.execv(sys.executable, [sys.executable, "-m", "server"])  # noqa: S606  gevent must patch before all imports
