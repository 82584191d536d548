"""The demo page, driven as a visitor would, with every button and the real processes behind it.

`make pictures` runs this and keeps the screenshots that the README shows.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.rig.browser import chromium
from tests.rig.processes import Process, eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]

PICTURES = os.environ.get("PICTURES", "")
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("demo")
    env = {"HOST": "127.0.0.1", "PORT": "0", "FOLDER": str(folder)}
    with Process("demo", [sys.executable, "-m", "tests.demo"], folder=folder, env=env) as demo:
        yield demo


@pytest.fixture(scope="module")
def address(demo: Process) -> str:
    return demo.wait_for(r"Open (http://\S+)", within_s=120)[1]


@pytest.fixture(scope="module")
def url(address: str) -> str:
    return address.partition("/demo/")[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1600, "height": 1000}, locale="en")
    page.goto(address)
    yield page
    page.close()


def state(url: str) -> dict[str, Any]:
    return dict(requests.get(f"{url}/demo/state", timeout=10).json())


def wait_for(url: str, what: str, look: Any, *, within_s: float = 90) -> dict[str, Any]:
    return eventually(lambda: told if look(told := state(url)) else None, within_s=within_s, what=what, every_s=0.2)


def keep_picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def test_the_screen_begins_by_itself(url: str, desk: Page) -> None:
    wait_for(url, "three plays", lambda told: told["plays"] >= 3, within_s=180)
    assert state(url)["online"]


def test_screen_and_phone_show_the_same_film_and_their_skew_is_told(desk: Page) -> None:
    told = desk.locator("#skew-count")
    expect(told).to_have_text(re.compile(r"^-?\d+ ms$"), timeout=2 * SLOW_MS)


def test_a_claim_is_redeemed_once_and_the_second_try_told_when_and_where(url: str, desk: Page) -> None:
    before = state(url)
    desk.get_by_role("button", name="Claim a coupon on the phone").click()
    wait_for(url, "the claim", lambda told: told["claims"] == before["claims"] + 1)
    desk.get_by_role("button", name="Redeem it at the till").click()
    wait_for(url, "the redemption", lambda told: told["redemptions"] == before["redemptions"] + 1)
    expect(desk.frame_locator("#till").get_by_role("status").first).to_contain_text("Redeemed", timeout=SLOW_MS)
    keep_picture(desk, "demo")
    desk.get_by_role("button", name="Redeem it again").click()
    refused = desk.frame_locator("#till").get_by_role("alert")
    expect(refused).to_contain_text(re.compile(r"\d\d:\d\d"), timeout=SLOW_MS)
    after = state(url)
    assert after["redemptions"] == before["redemptions"] + 1
    assert after["left"] == before["left"] - 1


def test_a_killed_vlc_comes_back(url: str, desk: Page) -> None:
    killed = state(url)["vlc"]
    desk.get_by_role("button", name="Kill VLC").click()
    told = wait_for(url, "another VLC", lambda told: told["vlc"] not in (None, killed))
    wait_for(url, "more plays", lambda now: now["plays"] >= told["plays"] + 2)


def test_an_emergency_is_raised_and_lifted(url: str, desk: Page) -> None:
    desk.get_by_role("button", name="Raise an emergency").click()
    wait_for(url, "the emergency", lambda told: told["emergency"])
    phone = desk.frame_locator("#phone")
    desk.get_by_role("button", name="Back to the screen's page").click()
    expect(phone.get_by_text("Please leave by the stairs").first).to_be_visible(timeout=SLOW_MS)
    keep_picture(desk, "emergency")
    desk.get_by_role("button", name="Lift the emergency").click()
    wait_for(url, "its end", lambda told: not told["emergency"])


def test_what_plays_while_the_uplink_is_cut_arrives_when_it_is_mended(url: str, desk: Page) -> None:
    desk.get_by_role("button", name="Cut the player's uplink").click()
    cut = wait_for(url, "the cut", lambda told: not told["uplink"])
    eventually(lambda: state(url)["plays"] == cut["plays"] or None, within_s=30, what="plays to stop arriving")
    desk.wait_for_timeout(22_000)
    desk.get_by_role("button", name="Mend the uplink").click()
    wait_for(url, "the plays of that time", lambda told: told["plays"] >= cut["plays"] + 2)


def test_a_typed_notice_reaches_the_phone_within_a_minute(url: str, desk: Page) -> None:
    desk.get_by_label("Type a notice").fill("The lobby is painted tonight")
    desk.get_by_role("button", name="Show it").click()
    phone = desk.frame_locator("#phone")
    expect(phone.get_by_text("The lobby is painted tonight").first).to_be_visible(timeout=SLOW_MS)


def test_the_last_minute_is_reported(desk: Page) -> None:
    desk.get_by_role("link", name="Report of the last minute").click()
    expect(desk.frame_locator("#report").get_by_role("row").nth(1)).to_be_visible(timeout=SLOW_MS)


def test_only_the_printed_address_signs_anybody_in(browser: Browser, url: str, address: str) -> None:
    key = address.partition("?key=")[2]
    for body, status in (({}, 403), ({"key": None}, 403), ({"key": "guessed"}, 403), ({"key": key}, 200)):
        assert requests.post(f"{url}/demo/sign-in/owner", json=body, timeout=10).status_code == status
    page = browser.new_page(locale="en")
    page.goto(f"{url}/demo/")
    expect(page.get_by_text("from the address that the terminal printed")).to_be_visible()
    assert page.get_by_role("button", name="owner").count() == 0
    expect(page.frame_locator("#phone").get_by_role("link", name="My coupons")).to_be_visible(timeout=SLOW_MS)
    assert key not in page.content()
    page.close()


def test_the_page_fits_a_phone_and_speaks_chinese(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page.goto(f"{url}/demo/")
    expect(page.get_by_role("button", name="终止 VLC")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_control_c_leaves_nothing_running(demo: Process) -> None:
    folder = str(demo.log.parent)
    assert "Traceback" not in demo.told()
    assert "GET /demo" not in demo.told(), "the address would be pushed off the terminal"
    demo.kill(signal.SIGINT)
    assert demo.popen.wait(60) == 0
    assert running_with(f"FOLDER={folder}") == []


def running_with(variable: str) -> list[str]:
    """Command lines of the processes that carry this in their environment: what the demo started inherits it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
