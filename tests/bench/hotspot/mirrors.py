"""The cost of phones that mirror the screen: the uplink's bytes, and the portal's memory and processor."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
import socketio

from player.hotspot.counters import command_to_show, read_bytes
from tests.bench.hotspot.joins import tap
from tests.rig.hotspot_lab import Phone
from tests.rig.hotspot_stand import LAP, LENGTHS_S, PUBLIC_NAME, SERVER, HotspotStand

WITHIN_S = 60
AT_A_TIME = 8  # phones that load the page at the same time
LAP_S = sum(LENGTHS_S[item] for item in LAP)
FOLLOWED_S = 2 * LAP_S
PINGS_EACH_S = 25.0  # a page reads the clock so often, ten times in a row
PINGS = 10
ASSET = re.compile(r'(?:src|href)="(/phone/[^"]+)"')
LIKE_A_BROWSER = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


def mirrored_bytes(stand: HotspotStand, phones: Sequence[Phone]) -> int:
    """Bytes of the uplink from the start of the player with an empty cache until phones have mirrored a lap."""
    before = stand.lab.uplink_bytes()
    stand.box.start("player")
    stand.wait_until_cached()
    with following(stand, phones):
        time.sleep(LAP_S)
    return stand.lab.uplink_bytes() - before


def direct_bytes(stand: HotspotStand, phones: Sequence[Phone]) -> int:
    """Bytes of as many phones that load the same page and files from the server, without what was lost on the way."""
    before = sum(map(_bytes_of, phones))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for _ in pool.map(lambda phone: _load_directly(stand, phone), phones):
            pass
    return sum(map(_bytes_of, phones)) - before


def _bytes_of(phone: Phone) -> int:
    return read_bytes(phone.run(command_to_show("wifi"))) or 0


def _load_directly(stand: HotspotStand, phone: Phone) -> None:
    with phone.entered():
        tap(stand, "join")
    load(stand, phone, SERVER)
    with phone.entered():
        tap(stand, "leave")


def follow(stand: HotspotStand, phones: Sequence[Phone]) -> dict[str, Any]:
    """The portal's largest memory while phones load the page and follow the screen, and its processor time of each."""
    portal = stand.box.processes["portal"].pid
    with following(stand, phones) as clients:
        began, used_s = time.monotonic(), _cpu_s(portal)
        while time.monotonic() - began < FOLLOWED_S:
            for client in clients:
                client.call("clock", {"t0": time.monotonic() * 1000}, namespace="/phone", timeout=WITHIN_S)
            time.sleep(PINGS_EACH_S / PINGS)
        took_s = time.monotonic() - began
        cpu = (_cpu_s(portal) - used_s) / took_s / len(phones)
    return {
        "portal_mb": round(_peak_mb(portal), 1), "portal_cpu_percent_per_phone": round(100 * cpu, 3),
        "phones_following": len(phones),
    }  # fmt: skip


@contextmanager
def following(stand: HotspotStand, phones: Sequence[Phone]) -> Iterator[list[Any]]:
    """Phones that have loaded the mirror with all its files, and hold its socket during the block."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            clients = list(pool.map(lambda phone: _follow(stand, phone), phones))
        for client in clients:
            stack.callback(client.disconnect)
        yield clients


def _follow(stand: HotspotStand, phone: Phone) -> Any:
    load(stand, phone, stand.box.url)
    client = socketio.Client(reconnection=False)
    auth = {"screen": stand.screen.code}
    with phone.entered():
        client.connect(stand.box.url, namespaces=["/phone"], auth=auth, transports=["websocket"])
    return client


def load(stand: HotspotStand, phone: Phone, base: str) -> None:
    """The page, its script and style, its stage, and every file of a lap, as the page loads them."""
    named = {"Host": PUBLIC_NAME} if base == SERVER else {}
    with phone.entered(), requests.Session() as session:
        session.headers.update(LIKE_A_BROWSER | named)
        page = session.get(base + stand.mirror, timeout=WITHIN_S)
        page.raise_for_status()
        stage = f"/api/v1/screens/{stand.screen.code}/stage"
        media = [f"/media/{ref.digest}" for ref in stand.phone_files()]
        for path in [*ASSET.findall(page.text), stage, *media]:
            session.get(base + path, timeout=WITHIN_S).raise_for_status()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)


def _peak_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
