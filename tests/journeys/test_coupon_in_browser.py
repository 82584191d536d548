"""A coupon in a real browser at 320 px: claimed by a form, its QR live, taken at the counter by keys or camera."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from pyzbar.pyzbar import decode
from sqlmodel import select

from media.phone.tokens import new_token
from server.accounts.links import sign_in_link
from server.accounts.models import Role
from server.coupons.codes.derive import Shown, coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.models import Claim, Redemption
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.phones import find_phone
from server.db import reading, transaction, utc_now
from tests.factories import make_merchant, make_offer, make_person
from tests.rig.phones.browser import camera_showing, chromium, cookieless_page
from tests.rig.servers.house import RunningHouse
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


def test_a_coupon_is_claimed_shown_live_and_taken_once(house: RunningHouse, browser: Browser) -> None:
    offer_path, sign_in = lay_out(house)
    phone = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    phone.add_init_script(COUNT_WAKE_LOCKS)
    claim_by_form(phone, house.url + offer_path)
    phone.wait_for_function("() => window.wakeLocks === 1")  # this machine counts as https
    first = qr_on(phone)
    eventually(lambda: qr_on(phone) != first, within_s=60, what="the QR to change", every_s=0.5)
    till = till_page(browser, house.url, sign_in)
    scan(till, qr_on(phone))
    till.get_by_role("status").get_by_text("Redeemed").wait_for()
    phone.get_by_text("Used on").wait_for()
    till.reload()
    till.get_by_role("status").get_by_text("Redeemed earlier").wait_for()
    expect(till.locator("#fresh")).to_have_count(0)
    scan_into_input_method(till, first)
    till.get_by_role("alert").get_by_text("Not redeemed").wait_for()


def test_a_coupon_is_redeemed_by_the_counters_camera(house: RunningHouse, browser: Browser, tmp_path: Path) -> None:
    offer_path, sign_in = lay_out(house)
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    claim_by_form(phone, house.url + offer_path)
    film = film_of(phone.locator("[data-qr]").screenshot(), tmp_path)
    with chromium(*camera_showing(film)) as with_camera:
        # A browser opens no camera on plain http but here; the house's own address is 127.0.0.1.
        till = till_page(with_camera, house.url.replace("127.0.0.1", "localhost"), sign_in)
        requested = requests_of(till)
        assert till.evaluate("typeof window.QrReader") == "undefined", "a till without a camera pays for the scanner"
        till.get_by_role("button", name="Scan with the camera").click()
        expect(till.get_by_role("status").get_by_text("Redeemed")).to_be_visible(timeout=60_000)
        assert {urlsplit(address).hostname for address in requested} <= {"localhost", None}
    with reading(house.engine) as db:
        ours = select(Redemption).join(Claim).where(Claim.offer_id == offer_path.removeprefix("/o/"))
        (redemption,) = db.exec(ours).all()
        assert redemption.how == "live"


# Set before any page's own scripts run.
COUNT_WAKE_LOCKS = """
  const request = WakeLock.prototype.request;
  window.wakeLocks = 0;
  WakeLock.prototype.request = function (...kinds) {
    window.wakeLocks += 1;
    return request.apply(this, kinds);
  };
"""


def scan_into_input_method(till: Page, qr: str) -> None:
    """Full-width letters, and an Enter that ends the composition instead of sending the form."""
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in qr)
    till.locator("#shown").fill(full_width)
    till.locator("#shown").dispatch_event("compositionend")


def film_of(picture: bytes, folder: Path) -> Path:
    """The phone held before a camera, nearer and nearer: its QR, off the middle, in a room that is not white.

    Of frames that never change, the decoder reads one code in twelve not at all; no hand holds so still.
    """
    (folder / "qr.png").write_bytes(picture)
    nearer = "scale=w='240+40*t':h='240+40*t':eval=frame"
    film, placed = folder / "camera.mjpeg", f"{nearer},pad=640:480:210:100:gray:eval=frame,format=yuvj420p"
    command = ["ffmpeg", "-v", "error", "-y", "-loop", "1", "-i", "qr.png", "-vf", placed, "-t", "3", "-r", "15", film]
    subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL)
    return film


def requests_of(page: Page) -> list[str]:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    return addresses


@pytest.mark.parametrize("cut", ["stock", "socket"])
def test_the_offers_page_follows_the_stock_by_hints_or_by_polling(
    house: RunningHouse, browser: Browser, cut: str
) -> None:
    offer_path, _ = lay_out(house, stock=2)
    looking = browser.new_page()
    cut_off(looking, cut)
    looking.goto(house.url + offer_path)
    status = looking.get_by_role("status")
    for left in ("1 left", "All pieces are gone."):
        claim_by_form(browser.new_context().new_page(), house.url + offer_path)
        expect(status).to_have_text(left, timeout=20_000)
    assert looking.get_by_role("button").count() == 0


def cut_off(page: Page, what: str) -> None:
    if what == "stock":
        page.route("**/stock", lambda route: route.abort())
    else:
        page.route("**/socket.io/**", lambda route: route.abort())
        page.route_web_socket("**/socket.io/**", lambda socket: socket.close())


@pytest.mark.parametrize("page", ["claim", "offer"])
def test_a_tapped_link_is_followed_though_the_page_hears_what_would_make_it_start_over(
    house: RunningHouse, browser: Browser, page: str
) -> None:
    """The till takes the coupon, or another phone the last piece, while the link waits for a slow network."""
    offer_path, _ = lay_out(house, stock=1)
    phone = browser.new_context().new_page()
    tapped, answers = slow_wallet(phone), answers_of(phone)
    if page == "claim":
        claim_by_form(phone, house.url + offer_path)
        shown = read_shown(qr_on(phone))
        tap_my_coupons(phone)
        take(house, shown)
    else:
        phone.goto(house.url + offer_path)
        tap_my_coupons(phone)
        claim_by_form(browser.new_context().new_page(), house.url + offer_path)
    news = {"state": "redeemed", "standing": "sold_out"}.items()
    eventually(
        lambda: phone.wait_for_timeout(50) or any(news & answer.items() for answer in answers),
        within_s=20,
        what="the news",
    )
    phone.wait_for_timeout(500)  # it would have started over by now
    tapped[0].continue_()
    phone.wait_for_url(re.compile(r"/wallet(\?|$)"))


def slow_wallet(phone: Page) -> list[Route]:
    """Requests for the wallet that wait to be let on."""
    waiting: list[Route] = []
    phone.route(re.compile(r"/wallet(\?|$)"), lambda route: waiting.append(route))
    return waiting


def answers_of(phone: Page) -> list[dict[str, Any]]:
    """The answers that the page receives about its claim and the stock."""
    answers: list[dict[str, Any]] = []

    def pass_on(route: Route) -> None:
        answer = route.fetch()
        answers.append(answer.json())
        route.fulfill(response=answer)

    phone.route(re.compile(r"/claims/|/stock$"), pass_on)
    return answers


def tap_my_coupons(phone: Page) -> None:
    """Playwright's own click would wait for the page that follows."""
    phone.get_by_role("link", name="My coupons").evaluate("link => link.click()")


def take(house: RunningHouse, shown: Sequence[Shown]) -> None:
    with transaction(house.engine) as db:
        keys = coupon_keys(house.settings.secret_key)
        redeem_claim(db, shown, till=Till(None), keys=keys, now=utc_now(), static_ok=True)


# Chromium reports where a link is on a trustworthy address only; on the other the page before reports it.
HOSTS = pytest.mark.parametrize("host", ["127.0.0.1", "lobby.test"])
NAMED = "--host-resolver-rules=MAP lobby.test 127.0.0.1"


@HOSTS
def test_a_phone_that_keeps_no_cookie_keeps_its_wallet(house: RunningHouse, tmp_path: Path, host: str) -> None:
    with cookieless_page(tmp_path / "sheet", NAMED) as sheet:
        offer_path, _ = lay_out(house)
        claim_by_form(sheet, f"http://{host}:{house.settings.port}{offer_path}")
        sheet.get_by_role("link", name="My coupons").click()
        sheet.get_by_text("Ready to use").wait_for()
        with sheet.expect_navigation():
            sheet.evaluate("location.reload()")
        sheet.get_by_role("button", name="Make the link").click()
        sheet.get_by_role("heading", name="Your coupons' link").wait_for()
        assert sheet.context.cookies() == []


@HOSTS
def test_a_link_from_elsewhere_fills_nobody_elses_wallet(house: RunningHouse, host: str) -> None:
    with chromium(NAMED) as browser:
        offer_path, _ = lay_out(house)
        attackers, victim = new_token(), browser.new_page()
        open_from_elsewhere(victim, f"http://{host}:{house.settings.port}{offer_path}?t={attackers}")
        victim.get_by_role("button", name="Claim this coupon").click()
        victim.wait_for_url("**/w/*")
        with reading(house.engine) as db:
            assert find_phone(db, attackers) is None


def open_from_elsewhere(page: Page, address: str) -> None:
    link = f'<a href="{address}" rel="noreferrer">A free bowl</a>'
    page.route("http://elsewhere.test/", lambda route: route.fulfill(content_type="text/html", body=link))
    page.goto("http://elsewhere.test/")
    page.get_by_role("link").click()
    page.wait_for_url("**/o/*")


def lay_out(house: RunningHouse, *, stock: int = 12) -> tuple[str, str]:
    """An offer's page, and a link that signs one of the merchant's staff in."""
    with transaction(house.engine) as db:
        merchant = make_merchant(db)
        offer = make_offer(db, merchant=merchant, presence=False, stock=stock)
        staff = make_person(db, role=Role.STAFF, merchant_id=merchant.id)
        return f"/o/{offer.id}", sign_in_link(db, staff.email, house.settings, utc_now())


def claim_by_form(phone: Page, address: str) -> None:
    phone.goto(address)
    phone.get_by_role("button", name="Claim this coupon").click()
    phone.wait_for_url("**/w/*")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def qr_on(phone: Page) -> str:
    """The text that a scanner reads from the phone's screen."""
    picture = Image.open(io.BytesIO(phone.locator("[data-qr]").screenshot()))
    return decode(picture.resize((600, 600)))[0].data.decode()


def till_page(browser: Browser, address: str, sign_in: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(address + urlsplit(sign_in).path)
    page.locator("main form button").first.click()
    page.goto(f"{address}/counter")
    return page


def scan(till: Page, text: str) -> None:
    """A USB scanner types into the field that has the focus, and presses Enter."""
    assert till.evaluate("document.activeElement.id") == "shown"
    till.keyboard.type(text)
    till.keyboard.press("Enter")
    till.wait_for_load_state()
