"""The hotspot's privileged process: renders the files of hostapd and dnsmasq, then answers requests for visits."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from datetime import date
from pathlib import Path

from player.files import write_whole
from player.hotspot.access_point import render_hostapd
from player.hotspot.addresses import render_dnsmasq
from player.hotspot.arrivals import render_script
from player.hotspot.enforcer import CommandFailed, Run, run
from player.hotspot.plan import CERTIFICATE, HotspotPlan, read_plan
from player.hotspot.unit import ARRIVAL_SOCKET, HotspotUnit, UnitProcess
from player.settings import Settings
from player.systemd import Watchdog

logger = logging.getLogger(__name__)

HOSTAPD_CONF, DNSMASQ_CONF, ARRIVAL_SCRIPT = "hostapd.conf", "dnsmasq.conf", "arrival"
RESOLV_FILE = Path("/etc/resolv.conf")
LOOK_S = 1.0


def serve_hotspot(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; visits go on in the firewall. Raises BadSetting and CommandFailed at the start."""
    plan, folder = read_plan(settings.hotspot_plan, tls=settings.portal_tls), settings.hotspot_dir
    folder.mkdir(parents=True, exist_ok=True)
    write_configurations(plan, folder, leases=settings.hotspot_leases)
    give_radio_its_addresses(plan, run)
    certificate = settings.portal_tls / CERTIFICATE if settings.portal_tls and plan.portal_name else None
    unit = HotspotUnit(plan, folder, run=run, monotonic=time.monotonic, today=date.today, certificate=certificate)
    process = UnitProcess(unit, folder, gid=os.getgid())
    process.start()
    watchdog = Watchdog()
    watchdog.ready()
    try:
        _wait_while_alive(process)
    finally:
        process.stop()
        watchdog.close()


def write_configurations(plan: HotspotPlan, folder: Path, *, leases: Path) -> None:
    """Of the programs that start after this one. The script is started by dnsmasq for each change of a lease."""
    script = folder / ARRIVAL_SCRIPT
    dnsmasq = render_dnsmasq(plan, lease_file=leases, resolv_file=RESOLV_FILE, arrivals_script=script.absolute())
    write_whole(folder / HOSTAPD_CONF, render_hostapd(plan).encode())
    write_whole(folder / DNSMASQ_CONF, dnsmasq.encode())
    write_whole(script, render_script((folder / ARRIVAL_SOCKET).absolute()).encode(), mode=0o755)


def give_radio_its_addresses(plan: HotspotPlan, run: Run) -> None:
    for address in (plan.address, plan.address6):
        if address is not None:
            run(["ip", "address", "replace", str(address), "dev", plan.radio])
    run(["ip", "link", "set", plan.radio, "up"])


def _wait_while_alive(process: UnitProcess) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.wait(LOOK_S):
        if not process.is_alive:
            logger.error("visits are not looked after any more: starting anew")
            sys.exit(1)


def explain(error: CommandFailed) -> str:
    return f"The hotspot cannot be set up: {error}. It needs CAP_NET_ADMIN, nft, tc, conntrack, ip, and its radio."
