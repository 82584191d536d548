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

from player.hotspot.configurations import Configurations
from player.hotspot.enforcer import CommandFailed, Run, run
from player.hotspot.plan import HotspotPlan, read_plan
from player.hotspot.plan_change import PlanChange
from player.hotspot.plan_store import PlanStore
from player.hotspot.radio import Radio
from player.hotspot.unit import HotspotUnit, UnitProcess
from player.settings import Settings
from player.systemd import Watchdog

logger = logging.getLogger(__name__)

LOOK_S = 1.0


def serve_hotspot(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; visits go on in the firewall. Raises BadSetting and CommandFailed at the start."""
    folder = settings.hotspot_dir
    store = PlanStore(read_plan(settings.hotspot_plan), folder)
    plan = store.current()
    folder.mkdir(parents=True, exist_ok=True)
    give_radio_its_addresses(plan, run)
    unit = HotspotUnit(plan, folder, run=run, monotonic=time.monotonic, today=date.today)
    files = Configurations(folder, leases=settings.hotspot_leases)
    plans = PlanChange(unit, store, files, Radio(plan.radio))
    process = UnitProcess(unit, folder, plans, gid=os.getgid(), planner=lambda: owner_of(settings.player_dir))
    process.start()
    watchdog = Watchdog()
    watchdog.ready()
    try:
        _wait_while_alive(process)
    finally:
        process.stop()
        watchdog.close()


def owner_of(folder: Path) -> int | None:
    """The user whose folder this is: of the daemon's, the daemon's."""
    try:
        return folder.stat().st_uid
    except OSError:  # the daemon never ran
        return None


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
