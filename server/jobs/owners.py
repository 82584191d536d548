"""Names of job owners, by which a worker sees whether another process of the same machine still runs.

So the job of a killed process is taken over at once on its own machine; other machines wait until its lease lapses.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from server.db import new_id

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
HOST_CHARS, MACHINE_CHARS, OWN_CHARS = 16, 12, 8
# Fields of /proc/<pid>/stat, counted after the name, which may contain any character: state, and start in ticks since
# the boot.
# https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, fields 3 and 22
STATE, START = 0, 19
ENDED = ("Z", "X")


class Status(NamedTuple):
    """State and start of a process, as the kernel shows them. A later process with the same number starts later."""

    state: str
    start: str


def owner_name() -> str:
    """A name for one lane of this process, at most 64 characters: host, machine, process, its start, lane."""
    status = _status_of(os.getpid())
    parts = (socket.gethostname()[:HOST_CHARS], _machine(), str(os.getpid()), status.start if status else "")
    return "/".join((*parts, new_id()[-OWN_CHARS:]))


def has_ended(owner: str) -> bool:
    """True only if the owner was a process of this machine that certainly runs no more."""
    parts = owner.split("/")
    if len(parts) != 5 or not parts[1] or parts[1] != _machine() or not parts[2].isdecimal():
        return False
    return _process_has_ended(int(parts[2]), parts[3])


def _process_has_ended(number: int, start: str) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it runs, as another user
        return False
    status = _status_of(number)
    return status is not None and (status.state in ENDED or (bool(start) and status.start != start))


def _status_of(number: int) -> Status | None:
    """None if /proc cannot be read."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return Status(fields[STATE], fields[START])


@cache
def _machine() -> str:
    """Identifies the space of process numbers: this boot of this machine, and this container. Empty if unknown.

    The machine's own id would not do, because copies of a disk image share it.
    """
    try:
        container = os.readlink("/proc/self/ns/pid")
        return sha256(f"{BOOT_ID.read_text()} {container}".encode()).hexdigest()[:MACHINE_CHARS]
    except OSError:
        return ""
