"""The files of hostapd and dnsmasq: rendered from a plan, checked by these programs, and installed whole.

systemd restarts a program when its file is replaced (systemd/liftcast-restart@.path), so a file that is the same stays.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from player.files import read_if_there, sync_folder, write_whole
from player.hotspot.access_point import render_hostapd
from player.hotspot.addresses import render_dnsmasq
from player.hotspot.arrivals import ARRIVAL_SOCKET, render_script
from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_store import PlanRefused

HOSTAPD_CONF, DNSMASQ_CONF, ARRIVAL_SCRIPT = "hostapd.conf", "dnsmasq.conf", "arrival"
RESOLV_FILE = Path("/etc/resolv.conf")
CHECK_S = 10
DRAFT = ".draft"
END_OF_CHECK = "liftcast_end_of_check=1\n"  # no setting of hostapd's, see `_check_hostapd`


class Check(Protocol):
    """Runs a program to its end and returns everything that it wrote; "" if it is not installed."""

    def __call__(self, command: Sequence[str]) -> str: ...


def run_check(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=CHECK_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return ""
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PlanRefused(f"{command[0]} could not check the plan: {error}") from error
    return done.stdout


class Configurations:
    """folder: where hostapd and dnsmasq read their files · leases: dnsmasq's own file"""

    def __init__(self, folder: Path, *, leases: Path, check: Check = run_check) -> None:
        self._folder = folder
        self._leases = leases
        self._check = check

    def prepare(self, plan: HotspotPlan) -> None:
        """Write the files beside those in force, and have the programs check them.

        Raises PlanRefused with the program's words, and OSError if the disk takes nothing.
        """
        for name, text in self._rendered(plan).items():
            write_whole(self._draft(name), text.encode())
        self._check_dnsmasq()
        self._check_hostapd(plan)

    def install(self) -> list[str]:
        """Put the prepared files into force; returns the names of those that differ. It takes no room on the disk."""
        changed = [name for name in (HOSTAPD_CONF, DNSMASQ_CONF) if self._differs(name)]
        for name in changed:
            os.replace(self._draft(name), self._folder / name)
        self.discard()
        sync_folder(self._folder)
        return changed

    def discard(self) -> None:
        """Remove the prepared files."""
        for name in (HOSTAPD_CONF, DNSMASQ_CONF):
            self._draft(name).unlink(missing_ok=True)

    def write_script(self) -> None:
        """The script that dnsmasq starts for each change of a lease."""
        script = render_script((self._folder / ARRIVAL_SOCKET).absolute()).encode()
        if read_if_there(self._script) != script:
            write_whole(self._script, script, mode=0o755)

    @property
    def _script(self) -> Path:
        return (self._folder / ARRIVAL_SCRIPT).absolute()

    def _rendered(self, plan: HotspotPlan) -> Mapping[str, str]:
        dnsmasq = render_dnsmasq(plan, lease_file=self._leases, resolv_file=RESOLV_FILE, arrivals_script=self._script)
        return {HOSTAPD_CONF: render_hostapd(plan), DNSMASQ_CONF: dnsmasq}

    def _draft(self, name: str) -> Path:
        return self._folder / (name + DRAFT)

    def _differs(self, name: str) -> bool:
        return read_if_there(self._draft(name)) not in (None, read_if_there(self._folder / name))

    def _check_dnsmasq(self) -> None:
        said = self._check(["dnsmasq", "--test", f"--conf-file={self._draft(DNSMASQ_CONF)}"])
        if said and "syntax check OK" not in said:
            raise PlanRefused(f"dnsmasq refuses its configuration: {_first_line(said)}")

    def _check_hostapd(self, plan: HotspotPlan) -> None:
        """hostapd has no option to check a file alone, and would start the radio. So the file that it checks ends with
        a line of which hostapd knows nothing: it reads everything, and must find this one error and no other.
        """
        checked = self._folder / (HOSTAPD_CONF + ".check")
        write_whole(checked, (render_hostapd(plan) + END_OF_CHECK).encode(), sync=False)
        try:
            said = self._check(["hostapd", str(checked)])
        finally:
            checked.unlink(missing_ok=True)
        if said and not re.search(r"^1 errors found", said, re.MULTILINE):
            raise PlanRefused(f"hostapd refuses its configuration: {_first_line(said)}")


def _first_line(said: str) -> str:
    return next((line.strip() for line in said.splitlines() if line.strip()), "")
