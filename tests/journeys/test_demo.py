"""The demo page, driven as a visitor would, with every button and the real processes behind it.

`make pictures` runs this and keeps the screenshots that README.md shows.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import requests
from playwright.sync_api import Browser, FrameLocator, Page, expect

from server.accounts.models import Role
from tests.rig.hotspot_lab import why_no_lab
from tests.rig.phones.browser import chromium
from tests.rig.phones.page_audit import wrong_looks
from tests.rig.servers.processes import Process, eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]

needs_wifi = pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab())

PICTURES = os.environ.get("PICTURES", "")
SLOW_MS = 60_000
RENDITIONS_S = 240  # two films of 1080p, beside all that the demo runs


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


def press(desk: Page, id_: str) -> None:
    desk.locator(f"#{id_}").click(timeout=SLOW_MS)


def state(url: str) -> dict[str, Any]:
    return dict(requests.get(f"{url}/demo/state", timeout=10).json())


def wait_for(url: str, what: str, look: Any, *, within_s: float = 90) -> dict[str, Any]:
    return eventually(lambda: now if look(now := state(url)) else None, within_s=within_s, what=what, every_s=0.2)


def shows_a_film(stage: str) -> bool:
    return any(item["kind"] == "video" for item in requests.get(stage, timeout=10).json()["items"].values())


def keep_picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def test_the_screen_begins_by_itself(url: str, desk: Page) -> None:
    wait_for(url, "three plays", lambda now: now["plays"] >= 3, within_s=180)
    assert state(url)["online"]


def test_screen_and_phone_show_the_same_film_and_their_skew_is_shown(url: str, desk: Page) -> None:
    stage = f"{url}/api/v1/screens/{desk.locator('body').get_attribute('data-code')}/stage"
    eventually(
        lambda: shows_a_film(stage), within_s=RENDITIONS_S, what="a film to be converted and planned", every_s=0.5
    )
    skew = desk.locator("#skew-count")
    expect(skew).to_have_text(re.compile(r"^-?\d+ ms$"), timeout=2 * SLOW_MS)


def test_a_claim_is_redeemed_once_and_the_second_try_says_when_and_where(url: str, desk: Page) -> None:
    before = state(url)
    press(desk, "claim")
    wait_for(url, "the claim", lambda now: now["claims"] == before["claims"] + 1)
    press(desk, "redeem")
    wait_for(url, "the redemption", lambda now: now["redemptions"] == before["redemptions"] + 1)
    expect(desk.frame_locator("#till").get_by_role("status").first).to_contain_text("Redeemed", timeout=SLOW_MS)
    expect(desk.locator("#message")).to_contain_text("Redeemed")
    keep_picture(desk, "demo")
    press(desk, "again")
    refused = desk.frame_locator("#till").get_by_role("alert")
    expect(refused).to_contain_text(re.compile(r"\d\d:\d\d"), timeout=SLOW_MS)
    after = state(url)
    assert after["redemptions"] == before["redemptions"] + 1
    assert after["left"] == before["left"] - 1


def test_a_killed_vlc_comes_back(url: str, desk: Page) -> None:
    killed = state(url)["vlc"]
    press(desk, "vlc")
    restarted = wait_for(url, "another VLC", lambda now: now["vlc"] not in (None, killed))
    expect(desk.locator("#message")).to_contain_text("is back", timeout=SLOW_MS)
    wait_for(url, "more plays", lambda now: now["plays"] >= restarted["plays"] + 2)


def test_an_emergency_is_raised_and_lifted(url: str, desk: Page) -> None:
    press(desk, "emergency")
    wait_for(url, "the emergency", lambda now: now["emergency"])
    phone = desk.frame_locator("#phone")
    press(desk, "back")
    expect(phone.get_by_text("Please leave by the stairs").first).to_be_visible(timeout=SLOW_MS)
    keep_picture(desk, "emergency")
    expect(desk.locator("#emergency")).to_have_text("Lift the emergency")
    press(desk, "emergency")
    wait_for(url, "its end", lambda now: not now["emergency"])


def test_plays_of_a_cut_uplink_arrive_when_it_is_mended(url: str, desk: Page) -> None:
    expect(desk.locator("#link")).to_have_text("connected to the server", timeout=SLOW_MS)
    press(desk, "uplink")
    expect(desk.locator("#link")).to_contain_text("The uplink is cut")  # the server takes 45 s to notice
    cut = state(url)
    expect(desk.locator("#waiting-count")).to_have_text(re.compile(r"^[2-9]$"), timeout=SLOW_MS)
    expect(desk.locator("#uplink")).to_have_text("Mend the uplink")
    press(desk, "uplink")
    wait_for(url, "the plays of that time", lambda now: now["plays"] >= cut["plays"] + 2)


@needs_wifi
def test_a_phone_joins_the_wifi_and_each_real_answer_is_shown(url: str, desk: Page) -> None:
    press(desk, "wifi")
    wait_for(url, "the phone to join", lambda now: now["joined"])
    expect(desk.locator("#message")).to_contain_text("The phone is online", timeout=SLOW_MS)
    answers = desk.locator("#steps output")
    expect(answers).to_have_count(7, timeout=SLOW_MS)
    steps = answers.all_inner_texts()
    assert [step.split()[0] for step in steps[3:]] == ["302", "200", "303", "204"]
    assert "captive-portal/api" in steps[1]
    assert "captive: true" in steps[2]
    expect(phone_at_box(desk).get_by_role("link", name="My coupons")).to_be_visible(timeout=SLOW_MS)
    keep_picture(desk, "wifi")


@needs_wifi
def test_without_an_uplink_the_box_gives_a_coupon_that_the_till_redeems(url: str, desk: Page) -> None:
    before = state(url)
    press(desk, "uplink")
    expect(desk.locator("#link")).to_contain_text("The uplink is cut")
    press(desk, "claim")
    expect(desk.locator("#message")).to_contain_text("The coupon is claimed", timeout=SLOW_MS)
    expect(phone_at_box(desk).get_by_text("This link opens your coupon")).to_be_visible(timeout=SLOW_MS)
    press(desk, "redeem")
    expect(desk.locator("#message")).to_contain_text("Redeemed", timeout=SLOW_MS)
    assert state(url)["redemptions"] == before["redemptions"] + 1
    press(desk, "uplink")
    expect(desk.locator("#link")).to_have_text("connected to the server", timeout=SLOW_MS)


@needs_wifi
def test_a_phone_that_leaves_the_wifi_goes_on_at_the_server(url: str, desk: Page) -> None:
    press(desk, "back")
    expect(phone_at_box(desk).get_by_role("link", name="My coupons")).to_be_visible(timeout=SLOW_MS)
    press(desk, "wifi")
    eventually(
        lambda: desk.wait_for_timeout(100) or any(frame.url.startswith(f"{url}/s/") for frame in desk.frames),
        within_s=90, what="the page at the server",
    )  # fmt: skip


def phone_at_box(desk: Page) -> FrameLocator:
    """The phone, once it shows a page of the box: a port of its own."""
    port = int(desk.locator("body").get_attribute("data-box-port") or 0)
    eventually(
        lambda: desk.wait_for_timeout(100) or any(f":{port}/" in frame.url for frame in desk.frames),
        within_s=90, what="the box's page",
    )  # fmt: skip
    return desk.frame_locator("#phone")


def test_ten_phones_are_sent_into_the_next_race(url: str, desk: Page) -> None:
    press(desk, "crowd")
    expect(desk.locator("#message")).to_contain_text("Ten phones wait for the next race", timeout=SLOW_MS)
    expect(desk.locator("#crowd")).to_be_disabled()
    expect(desk.frame_locator("#second").get_by_role("link", name="My coupons")).to_be_visible(timeout=SLOW_MS)


def test_a_typed_notice_reaches_the_phone_within_a_minute(url: str, desk: Page) -> None:
    desk.get_by_label("Type a notice").fill("The lobby is painted tonight")
    press(desk, "show")
    phone = desk.frame_locator("#phone")
    expect(phone.get_by_text("The lobby is painted tonight").first).to_be_visible(timeout=SLOW_MS)


def test_the_last_minute_is_reported(desk: Page) -> None:
    press(desk, "open-report")
    expect(desk.frame_locator("#report").get_by_role("row").nth(1)).to_be_visible(timeout=SLOW_MS)
    expect(desk.frame_locator("#report").get_by_text("Asia/Shanghai")).to_be_visible()


def test_each_role_is_signed_in_on_a_tab_of_its_own(desk: Page) -> None:
    roles = [button.get_attribute("data-role") or "" for button in desk.locator("[data-role]").all()]
    assert len(roles) == len(Role)
    for role in roles:
        with desk.expect_popup(timeout=SLOW_MS) as opened:
            desk.locator(f"[data-role={role}]").click()
        opened.value.locator("main form button").click(timeout=SLOW_MS)
        expect(opened.value.get_by_text(f"Demo {role}").first).to_be_visible(timeout=SLOW_MS)
        opened.value.close()


def test_the_till_signs_its_staff_in_again_after_others_were(desk: Page) -> None:
    press(desk, "sign-in")
    expect(desk.frame_locator("#till").get_by_text("Demo staff").first).to_be_visible(timeout=SLOW_MS)


def test_the_ten_phones_have_played_a_race(url: str, desk: Page) -> None:
    wait_for(url, "the end of their race", lambda now: now["crowd"] == {"playing": False, "played": 1}, within_s=180)
    wait_for(url, "its round at the server", lambda now: now["players"] == 10)


def test_every_button_of_the_page_is_pressed_by_a_test(desk: Page) -> None:
    """The tests are read, so that this one says the same alone, and again."""
    buttons = desk.evaluate("[...document.querySelectorAll('button, a.button')].map((b) => b.id || b.dataset.role)")
    pressed = set(re.findall(r'\bpress\(desk, "([\w-]+)"\)', Path(__file__).read_text()))
    pressed -= {"wifi"} if why_no_lab() else set()
    assert pressed | set(Role) == set(buttons), "each needs a test above that sees its effect"
    assert len(buttons) == len(set(buttons))


def test_only_the_printed_address_signs_anybody_in(browser: Browser, url: str, address: str) -> None:
    key = address.partition("?key=")[2]
    for body, status in (({}, 403), ({"key": None}, 403), ({"key": "guessed"}, 403), ({"key": key}, 200)):
        assert requests.post(f"{url}/demo/sign-in/owner", json=body, timeout=10).status_code == status
        led = requests.get(f"{url}/demo/sign-in/owner", params=body, allow_redirects=False, timeout=10)
        assert (led.status_code, "/link/" in led.headers.get("Location", "")) == (
            (302, True) if status == 200 else (403, False)
        )
    page = browser.new_page(locale="en")
    page.goto(f"{url}/demo/")
    expect(page.get_by_text("from the address that the terminal printed")).to_be_visible()
    assert page.get_by_role("button", name="owner").count() == 0
    expect(page.frame_locator("#phone").get_by_role("link", name="My coupons")).to_be_visible(timeout=SLOW_MS)
    assert key not in page.content()
    page.close()


@pytest.mark.parametrize(("scheme", "locale", "kill_vlc"), [("light", "en", "Kill VLC"), ("dark", "zh-CN", "终止 VLC")])
def test_the_page_looks_right_on_a_phone(
    browser: Browser, address: str, scheme: Literal["light", "dark"], locale: str, kill_vlc: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale=locale, color_scheme=scheme)
    page.goto(address, wait_until="domcontentloaded")  # the live picture never ends
    expect(page.get_by_role("button", name=kill_vlc)).to_be_visible()
    expect(page.frame_locator("#till").locator("#shown")).to_be_visible()  # its field takes the focus when it is loaded
    expect(page.locator("#counts")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wrong_looks(page) == []
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1600, 1000)])
def test_the_screen_fills_the_height_beside_phone_and_till(desk: Page, width: int, height: int) -> None:
    desk.set_viewport_size({"width": width, "height": height})
    desk.evaluate("scrollTo(0, 0)")
    boxes = [desk.locator(f".pane.{name}").bounding_box() for name in ("screen", "phone", "till")]
    assert len({(box["y"], box["height"]) for box in boxes if box}) == 1
    for part in ("#screen", "#message", "#counts", "#claim", "#redeem"):
        expect(desk.locator(part)).to_be_in_viewport(ratio=1)


def test_control_c_leaves_nothing_running(demo: Process) -> None:
    folder = str(demo.log.parent)
    assert "Traceback" not in demo.output()
    assert "GET /demo" not in demo.output(), "the address would be pushed off the terminal"
    demo.kill(signal.SIGINT)
    assert demo.popen.wait(60) == 0
    assert running_with(f"FOLDER={folder}") == []
    assert not any(name.endswith(f"-{demo.pid}") or f"-{demo.pid}-" in name for name in namespaces())


def namespaces() -> list[str]:
    folder = Path("/run/netns")
    return [file.name for file in folder.iterdir()] if folder.exists() else []


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
