"""The phone page when its network goes: the server's for a minute, the box's WiFi, or the server's alone.

One house that phones reach over cables, beside the journeys of a page that is in peace: the minute is waited for here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Route, expect

from tests.rig.phones.phone import OpenPage, measures, wait_for_socket, wait_until_in_step, wait_until_shown
from tests.rig.phones.phone_stand import Lookout, lookout
from tests.rig.servers.network import Cable

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@dataclass
class Cabled:
    """A lookout whose addresses are those of two cables."""

    place: Lookout
    web: Cable
    media: Cable


@pytest.fixture(scope="module")
def cabled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cabled]:
    with Cable(("127.0.0.1", 0)) as web, Cable(("127.0.0.1", 0)) as media:
        urls = {"LIFTCAST_PUBLIC_URL": web.url, "LIFTCAST_MEDIA_URL": media.url}
        with lookout(tmp_path_factory.mktemp("place"), more=urls) as place:
            web.target = ("127.0.0.1", place.house.settings.port)
            media.target = ("127.0.0.1", place.house.settings.media_port)
            yield Cabled(place, web, media)


@pytest.fixture
def place(cabled: Cabled) -> Lookout:
    return cabled.place


@pytest.fixture
def wifi(place: Lookout) -> Iterator[Cable]:
    """A box's way of being reached: the same pages, at another address."""
    with Cable(("127.0.0.1", place.house.settings.port)) as wifi:
        yield wifi


def test_the_page_lives_through_a_minute_without_network(cabled: Cabled, open_page: OpenPage) -> None:
    page = open_page(cabled.web.url + cabled.place.address)
    for item in ("film", "film2"):
        wait_until_shown(page, item)
    page.wait_for_function("() => !performance.getEntriesByType('resource').some(r => r.responseEnd === 0)")
    cut_at = time.monotonic()
    cabled.web.cut()
    cabled.media.cut()
    expect(page.locator("#offline")).to_be_visible(timeout=10_000)
    for item in ("film", "film2", "film"):
        wait_until_shown(page, item)
        wait_until_in_step(page)
    assert time.monotonic() - cut_at > 30
    page.wait_for_timeout(max(0.0, 60 - (time.monotonic() - cut_at)) * 1000)
    assert measures(page)["shown"] in ("film", "notice", "coupon", "film2", "song")
    cabled.web.mend()
    cabled.media.mend()
    expect(page.locator("#offline")).to_be_hidden(timeout=15_000)


def test_a_page_from_a_box_moves_to_the_server_within_three_seconds(
    place: Lookout, wifi: Cable, open_page: OpenPage
) -> None:
    page = open_page(f"{wifi.url}{place.address}?i=coupon&p=abc234")
    wait_for_socket(page)
    wifi.cut()
    page.wait_for_url(f"{place.house.url}{place.address}?i=coupon&p=abc234", timeout=3000, wait_until="commit")
    wait_for_socket(page)


def test_a_tapped_coupon_opens_though_the_box_goes_meanwhile(place: Lookout, wifi: Cable, open_page: OpenPage) -> None:
    """Its link leads to the server: the page that moves there by itself must not cut it off."""
    page = open_page(f"{wifi.url}{place.address}?i=coupon")
    wait_for_socket(page)
    waiting: list[Route] = []
    page.route(re.compile("/w/"), lambda route: waiting.append(route))
    page.locator(".offer button.act:visible").first.click()
    page.locator(".offer a.act:visible").first.evaluate("link => link.click()")
    wifi.cut()
    page.wait_for_timeout(4000)  # within three seconds it would have moved
    waiting[0].continue_()
    page.wait_for_url("**/w/*")


def test_a_page_from_a_box_stays_while_only_the_server_is_gone(
    place: Lookout, wifi: Cable, open_page: OpenPage
) -> None:
    page = open_page(wifi.url + place.address)
    wait_for_socket(page)
    place.house.processes["web"].stop()
    expect(page.locator("#offline")).to_be_visible(timeout=10_000)
    assert page.url.startswith(wifi.url)
    place.house.start("web")
