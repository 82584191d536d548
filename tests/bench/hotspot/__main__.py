"""Reads the options, measures one part after the other, prints the result."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from player.hotspot.plan import HotspotPlan
from server.db import make_engine
from server.upkeep.migrate import upgrade
from tests.bench import hotspot
from tests.bench.hotspot.joins import first_paints_s, taps_ms
from tests.bench.hotspot.limits import measure_cuts, measure_limits
from tests.bench.hotspot.mirrors import direct_bytes, follow, mirrored_bytes
from tests.bench.result import percentile, report
from tests.rig.hotspot_lab import why_no_lab
from tests.rig.hotspot_stand import HotspotStand, hotspot_stand
from tests.rig.offline_hours import offline_hours

PHONES = 50
MIRRORING = 30
PLAN = HotspotPlan(
    ssid="Lobby", country="DE", most_phones=PHONES, visit_minutes=1, visit_megabytes=20, phone_kbit=8000,
    all_kbit=40_000,
)  # fmt: skip
BOUNDS = {
    "first_paint_s_p95": 1.5, "tap_to_internet_ms_p95": 300, "cut_error_s_max": 1.0, "quota_error": 0.03,
    "rate_error": 0.05, "uplink_ratio": 0.04, "overclaims": 0, "claims_lost": 0, "portal_mb": 80,
}  # fmt: skip


def main() -> None:
    options = read_options()
    if reason := why_no_lab():
        sys.exit(f"The bench of the hotspot cannot run here: {reason}.")
    measures: dict[str, Any] = {}
    with hotspot_stand(PLAN) as stand:
        for part in (uplink, joining, limits, offline):
            measures |= part(stand)
            if not options.json:
                print(part.__name__, measures, file=sys.stderr, flush=True)
    direct = {"direct_bytes": measures.pop("direct_bytes")}
    report("hotspot", measures, {"bounds": BOUNDS, **direct})


def uplink(stand: HotspotStand) -> dict[str, Any]:
    """First of all, while the box's cache is empty. The portal is measured by the way."""
    for name in ("hotspot", "dnsmasq", "portal"):
        stand.box.start(name)
    phones = [stand.lab.phone(address=False) for _ in range(PHONES)]
    for phone in phones:
        phone.lease(stand.lab.folder)
    mirrored = mirrored_bytes(stand, phones[:MIRRORING])
    portal = follow(stand, phones)
    direct = direct_bytes(stand, phones[:MIRRORING])
    return {
        "uplink_ratio": round(mirrored / direct, 4), "uplink_bytes": mirrored, "direct_bytes": direct,
        "phones_mirroring": MIRRORING, **portal,
    }  # fmt: skip


def joining(stand: HotspotStand) -> dict[str, Any]:
    taps = taps_ms(stand, stand.lab.phones[:MIRRORING])
    paints = first_paints_s(stand)
    return {
        "tap_to_internet_ms_p50": round(percentile(taps, 0.5)), "tap_to_internet_ms_p95": round(percentile(taps, 0.95)),
        "first_paint_s_p50": round(percentile(paints, 0.5), 3), "first_paint_s_p95": round(percentile(paints, 0.95), 3),
    }  # fmt: skip


def limits(stand: HotspotStand) -> dict[str, Any]:
    return measure_limits(stand, stand.lab.phones[30:33]) | measure_cuts(stand, stand.lab.phones[33:41])


def offline(_stand: HotspotStand) -> dict[str, Any]:
    with TemporaryDirectory(prefix="offline-hours-") as folder:
        engine = make_engine(f"sqlite:///{folder}/liftcast.db")
        upgrade(engine)
        outcome = offline_hours(engine, Path(folder))
        engine.dispose()
    return {
        "overclaims": max(outcome.pieces - outcome.stock, 0),
        "claims_lost": outcome.given - outcome.known + max(outcome.expected_claims - outcome.claims, 0),
        "offline_claims": outcome.given,
    }


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests.bench.hotspot", description=hotspot.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="nothing but the result line")
    return parser.parse_args()


if __name__ == "__main__":
    main()
