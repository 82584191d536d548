"""`liftcast-server run`: web, media, workers and the booking desk as child processes of one.

Each is restarted when it dies, and all are ended together.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import LiftcastError

logger = logging.getLogger(__name__)

# The processes that `run` starts, with the arguments of `liftcast-server` for each process. Nothing waits behind a
# transcode, for the worker has a lane for each of its kinds of job.
PROCESSES: dict[str, tuple[str, ...]] = {
    "web": ("web",),
    "media": ("media",),
    "worker": ("worker", "--only", "renditions", "--only", "stills", "--only", "draw"),
    "planner": ("worker", "--except", "renditions", "--except", "stills", "--except", "draw"),
    "desk": ("desk",),
}
# These give way where processors are scarce: niceness and, of their units, the CPUWeight that stands for it. The
# planner does not: it publishes emergencies.
NICE = {"desk": 5, "worker": 5}
# People and screens wait for these: at the start they have the processors for themselves, until web takes connections.
FIRST = ("web", "media")
FIRST_ALONE_S = 30.0  # but no longer
FIRST_RESTART_S = 0.5
SLOWEST_RESTART_S = 30.0
STEADY_S = 60.0
GRACE_S = 10.0


class PortTaken(LiftcastError):
    """Something listens there already. Stop it, or choose others by LIFTCAST_PORT, LIFTCAST_MEDIA_PORT,
    LIFTCAST_PLANNER_PORT."""


@dataclass
class Child:
    """One process and when it may be started again."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = FIRST_RESTART_S
    due_at: float = field(default=0.0)

    def start(self, now: float) -> None:
        command = [sys.executable, "-m", "server.cli", *self.arguments]
        self.process = subprocess.Popen(command, start_new_session=True)
        give_way(self.process.pid, NICE.get(self.name, 0))
        self.started_at = now
        logger.info("process started name=%s pid=%d", self.name, self.process.pid)

    def check(self, now: float) -> None:
        """Start the process if it does not run; one that dies again and again is started ever more rarely."""
        if self.process is None:
            if now >= self.due_at:
                self.start(now)
            return
        code = self.process.poll()
        if code is None:
            return
        steady = now - self.started_at > STEADY_S
        self.pause_s = FIRST_RESTART_S if steady else min(self.pause_s * 2, SLOWEST_RESTART_S)
        self.process, self.due_at = None, now + self.pause_s
        logger.warning("process ended name=%s code=%d restart_in_s=%.1f", self.name, code, self.pause_s)

    def stop(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)


def run_processes(stop: threading.Event, *, address: tuple[str, int], when_open: Callable[[], None]) -> None:
    """Keep all processes running until `stop` is set; then end them, by force after a grace.

    `when_open` is called once, as soon as the web process takes connections at `address`."""
    children = new_children(time.monotonic())
    opened = False
    try:
        while not stop.wait(0.2):
            for child in children:
                child.check(time.monotonic())
            if not opened and takes_connections(address):
                opened = True
                start_waiting(children)
                when_open()
    finally:
        _end(children)


def give_way(pid: int, nice: int) -> None:
    """Sets the niceness of a process that leads a session, and of that session.

    Linux compares niceness within a session only; between sessions it compares that of the sessions (sched(7)).
    """
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
    with suppress(OSError):  # a kernel without sessions' niceness has no such file
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def new_children(now: float) -> list[Child]:
    """In the order in which they start."""
    latest = now + FIRST_ALONE_S
    return [Child(name, arguments, due_at=now if name in FIRST else latest) for name, arguments in PROCESSES.items()]


def start_waiting(children: Iterable[Child]) -> None:
    """Processes that never ran are due; one that died waits for its pause."""
    for child in children:
        if not child.started_at:
            child.due_at = 0.0


def require_free_ports(*addresses: tuple[str, int]) -> None:
    """Raises PortTaken: a second server would be restarted for ever, and its visitors would reach the first."""
    for host, port in addresses:
        if takes_connections((host, port)):
            raise PortTaken(f"Something listens on {host}, port {port} already.")


def takes_connections(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def _end(children: list[Child]) -> None:
    for child in children:
        child.stop(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.stop(signal.SIGKILL)
            child.process.wait()
    logger.info("all processes stopped")
