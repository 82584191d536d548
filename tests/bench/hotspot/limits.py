"""How exactly a visit ends: at the second, at the byte, and how fast it is until then."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from tests.bench.hotspot.joins import tap
from tests.rig.hotspot_lab import INTERNET4, Phone
from tests.rig.hotspot_stand import DOWNLOADS_PORT, HotspotStand

WITHIN_S = 120
ETHERNET_BYTES = 14  # of each packet: the interface counts them, the quota does not
RATE_FROM_S, RATE_FOR_S = 3.0, 10.0  # after the first burst, and before the quota is used up
CHUNK = 65_536


@dataclass(frozen=True)
class Counters:
    at_s: float
    received: int
    transferred: int


def measure_limits(stand: HotspotStand, phones: Sequence[Phone]) -> dict[str, float]:
    """Phones download until their quota is used up; the largest relative errors, and the mean rate."""
    with ThreadPoolExecutor(len(phones)) as pool:
        each = list(pool.map(lambda phone: _use_up(stand, phone), phones))
    quota, rate = stand.box.plan.visit_bytes, stand.box.plan.phone_kbit
    return {
        "quota_error": round(max(abs(used / quota - 1) for used, _ in each), 4),
        "rate_error": round(max(abs(kbit / rate - 1) for _, kbit in each), 4),
        "rate_kbit": round(sum(kbit for _, kbit in each) / len(each)),
    }


def _use_up(stand: HotspotStand, phone: Phone) -> tuple[int, float]:
    """Bytes of IP that the phone transferred, and its rate in kbit/s as tc counts it: whole frames."""
    with phone.entered():
        tap(stand, "join")
        before = _counters(phone)
        download = HTTPConnection(INTERNET4, DOWNLOADS_PORT, timeout=WITHIN_S)
        download.request("GET", f"/bytes/{3 * stand.box.plan.visit_bytes}")
        answer = download.getresponse()
    began, marks = time.monotonic(), [RATE_FROM_S, RATE_FROM_S + RATE_FOR_S]
    seen: list[Counters] = []
    with suppress(HTTPException, OSError):
        while answer.read1(CHUNK):
            if marks and time.monotonic() - began >= marks[0]:
                marks.pop(0)
                seen.append(_counters(phone))
    download.close()
    after = _counters(phone)
    first, last = seen
    rate_kbit = (last.received - first.received) * 8 / 1000 / (last.at_s - first.at_s)
    return after.transferred - before.transferred, rate_kbit


def measure_cuts(stand: HotspotStand, phones: Sequence[Phone]) -> dict[str, float]:
    """Slow downloads that are cut when the plan's minutes are over."""
    with ThreadPoolExecutor(len(phones)) as pool:
        errors = list(pool.map(lambda phone: _cut_error_s(stand, phone), phones))
    return {"cut_error_s_max": round(max(map(abs, errors)), 3), "cuts": len(errors)}


def _cut_error_s(stand: HotspotStand, phone: Phone) -> float:
    with phone.entered():
        tap(stand, "join")
        began = time.monotonic()
        download = HTTPConnection(INTERNET4, DOWNLOADS_PORT, timeout=WITHIN_S)
        download.request("GET", "/slow/1000000000")
        answer = download.getresponse()
    with suppress(HTTPException, OSError):
        while answer.read1(CHUNK):
            pass
    download.close()
    return time.monotonic() - began - stand.box.plan.visit_minutes * 60


def _counters(phone: Phone) -> Counters:
    at_s = time.monotonic()
    [entry] = json.loads(phone.run(["ip", "-s", "-j", "link", "show", "dev", "wifi"]))
    ways = (entry["stats64"]["rx"], entry["stats64"]["tx"])
    transferred = sum(way["bytes"] - ETHERNET_BYTES * way["packets"] for way in ways)
    return Counters(at_s, entry["stats64"]["rx"]["bytes"], transferred)
