"""`liftcast-server`: every command of the server."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from media.environ import BadSetting
from server.errors import LiftcastError
from server.runtime.collector import loading
from server.runtime.disk import DiskFull, is_disk_full
from server.runtime.logs import install_logs
from server.settings import read_settings
from server.upkeep.data_folder import close_data_folder, make_files_private

# The module in server/commands/ and the name in it, by command.
COMMANDS = {
    "run": ("run", "run"),
    "web": ("web", "web"),
    "media": ("media", "media"),
    "worker": ("worker", "worker"),
    "desk": ("desk", "desk"),
    "migrate": ("migrate", "migrate"),
    "owner-link": ("sign_in", "owner"),
    "sign-in-link": ("sign_in", "sign_in"),
    "plan": ("plan", "plan"),
    "backup": ("backups", "backup"),
    "restore": ("backups", "restore"),
}


class Commands(click.Group):
    """Loads only the command that is called, and shows its error as a message and a remedy, without a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, command = COMMANDS[name]
        with loading():
            loaded: click.Command = getattr(import_module(f"server.commands.{module}"), command)
        return loaded

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LiftcastError as error:
            raise click.ClickException(f"{error.message} {error.remedy}") from error
        except Exception as error:
            if not is_disk_full(error):
                raise
            raise click.ClickException(f"{DiskFull().message} {DiskFull().remedy}") from error


@click.group(cls=Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """The content server of Liftcast. Settings are read from LIFTCAST_… (see systemd/README.md)."""
    make_files_private()
    try:
        context.obj = read_settings()
    except BadSetting as error:
        raise click.ClickException(str(error)) from error
    install_logs(context.obj.log_level)
    close_data_folder(context.obj)


if __name__ == "__main__":
    main()
