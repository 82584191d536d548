"""The privileged process of the set-up."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from pathlib import Path

from player.hotspot.enforcer import run
from player.hotspot.plan import read_plan
from player.line_socket import LineServer
from player.settings import Settings
from player.setup.unit import SetupUnit

SOCKET = "requests"
CONNECTIONS = Path("/etc/NetworkManager/system-connections")
COMMAND_S = 60.0
ANSWER_S = 180.0  # two WiFis are left and joined


def serve_setup_unit(settings: Settings) -> None:
    """Answer requests until SIGTERM or SIGINT."""
    folder = settings.setup_dir
    folder.mkdir(parents=True, exist_ok=True)
    unit = SetupUnit(
        folder, connections=CONNECTIONS, run=partial(run, timeout_s=COMMAND_S), hardware=settings.hardware,
        hotspot_radio=read_plan(settings.hotspot_plan).radio if settings.hotspot_plan else "",
    )  # fmt: skip
    unit.start()
    server = LineServer(folder / SOCKET, unit.answer, gid=os.getgid(), wait_s=ANSWER_S)
    server.start()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
    server.stop()
