"""How long a phone takes to join: from its DHCP request to the first paint, and from the tap to the internet."""

from __future__ import annotations

import time
from collections.abc import Sequence
from http.client import HTTPConnection

from playwright.sync_api import Browser

from tests.rig.hotspot_lab import INTERNET4, Phone
from tests.rig.hotspot_stand import RESOLVER, HotspotStand
from tests.rig.phones.browser import chromium

PAINTS = 20
WITHIN_S = 30
PAINTED = """() => {
  const [entry] = performance.getEntriesByName("first-contentful-paint");
  return entry && performance.timeOrigin + entry.startTime;
}"""


def first_paints_s(stand: HotspotStand) -> list[float]:
    """From the start of the DHCP client to the first paint of the mirror, each in a fresh profile of one browser."""
    phone = stand.lab.phone(address=False)
    executable = phone.program(stand.lab.folder, "chromium")
    with chromium(RESOLVER, executable=executable) as browser:
        _first_paint_s(stand, phone, browser)  # the browser loads its own parts
        return [_first_paint_s(stand, phone, browser) for _ in range(PAINTS)]


def _first_paint_s(stand: HotspotStand, phone: Phone, browser: Browser) -> float:
    phone.ip("addr", "flush", "dev", "wifi", "scope", "global")
    context = browser.new_context(viewport={"width": 390, "height": 780})
    page = context.new_page()
    began = time.time()
    phone.lease(stand.lab.folder)
    page.goto(f"{stand.box.url}/now", wait_until="commit")
    painted_ms = page.wait_for_function(PAINTED, timeout=WITHIN_S * 1000).json_value()
    context.close()
    return float(painted_ms) / 1000 - began


def taps_ms(stand: HotspotStand, phones: Sequence[Phone]) -> list[float]:
    """From the tap to the end of an answer of the internet, on a new connection, as a phone's probe is."""
    return [_tap_ms(stand, phone) for phone in phones]


def _tap_ms(stand: HotspotStand, phone: Phone) -> float:
    with phone.entered():
        _status("GET", INTERNET4, "/generate_204")  # the phone knows its neighbours by the time that somebody taps
        began = time.perf_counter()
        tap(stand, "join")
        while _status("GET", INTERNET4, "/generate_204") != 204:
            pass
        took_ms = (time.perf_counter() - began) * 1000
        tap(stand, "leave")
    return took_ms


def tap(stand: HotspotStand, button: str) -> None:
    """From the namespace that the thread is in."""
    status = _status("POST", str(stand.box.plan.address.ip), f"/{button}")
    if status != 303:
        raise RuntimeError(f"{button}: the portal answered {status}")


def _status(method: str, host: str, path: str) -> int:
    connection = HTTPConnection(host, timeout=WITHIN_S)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    finally:
        connection.close()
