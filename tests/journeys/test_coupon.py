"""A coupon from the screen's page to two tills that scan it at once: one takes it, the other shows why not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pyzbar.pyzbar import decode
from sqlmodel import func, select

from media.presence import token_at
from server.accounts.links import sign_in_link
from server.accounts.models import Role
from server.campaigns.house import add_house_content
from server.coupons.models import Offer, Redemption
from server.creatives.coupons import make_coupon_creative
from server.creatives.models import Creative, CreativeState
from server.db import new_id, reading, to_ms, transaction, utc_now
from server.screens.models import Screen
from tests.factories import make_merchant, make_offer, make_person, make_screen
from tests.rig.phones.browser import chromium
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

SLOW_MS = 60_000
STOCK = 3
TILLS = ("Till 1", "Till 2")
ZONE = "Asia/Shanghai"


@dataclass
class Shop:
    """A screen that shows one offer and nothing else, and the people behind two tills."""

    house: RunningHouse
    screen: Screen
    offer_id: str
    sign_in_links: tuple[str, str]

    def page(self, *, presence: str = "") -> str:
        return f"{self.house.url}/s/{self.screen.code}" + (f"?p={presence}" if presence else "")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with running_house(tmp_path) as house:
        with transaction(house.engine) as db:
            screen = make_screen(db)
            merchant = make_merchant(db, zone=ZONE)
            offer_id = make_offer(db, merchant=merchant, stock=STOCK).id
            card = make_coupon_creative(
                db, offer_id=offer_id, title="", picture_digest=None, length_ms=10_000, by=None, now=utc_now()
            ).id
            staff = [make_person(db, role=Role.STAFF, merchant_id=merchant.id) for _ in TILLS]
            first, second = (sign_in_link(db, person.email, house.settings, utc_now()) for person in staff)
        eventually(lambda: is_ready(house, card), within_s=90, what="the coupon's card", every_s=0.2)
        with transaction(house.engine) as db:
            add_house_content(db, card, screen.venue_id, now=utc_now())
        shop = Shop(house, screen, offer_id, (first, second))
        eventually(lambda: on_stage(shop, card), within_s=60, what="the coupon on the stage", every_s=0.2)
        yield shop


@pytest.fixture
def phone() -> Iterator[Page]:
    with chromium() as browser:
        yield phone_of(browser)


def test_of_two_tills_that_scan_one_coupon_one_takes_it_and_the_other_hears_when_and_where(
    shop: Shop, phone: Page
) -> None:
    # A phone that has only the address must come to the screen; one that scanned its code may claim.
    phone.goto(shop.page())
    expect(phone.get_by_text("scan the code on the screen").first).to_be_visible(timeout=SLOW_MS)
    phone.goto(shop.page(presence=token_at(shop.screen.presence_key, to_ms(utc_now()))))
    phone.get_by_role("button", name="Get this coupon").first.click()
    phone.get_by_role("link", name="Show my coupon").first.click()
    phone.wait_for_url("**/w/*")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert stock_left(shop) == STOCK - 1

    # Both tills read the same QR from the phone, and both send it at once.
    before = utc_now()
    answers = race(shop, qr_on(phone))
    assert sorted(answer.status_code for answer in answers.values()) == [201, 409], said(answers)
    (winner,) = (till for till, answer in answers.items() if answer.status_code == 201)
    (loser,) = (till for till in TILLS if till != winner)
    refusal: Any = answers[loser].json()["error"]
    assert refusal["code"] == "already_redeemed"
    assert refusal["message"].endswith(f"at Noodle Bar, {winner}.")
    assert before - timedelta(minutes=1) <= used_at(refusal["message"]) <= utc_now()

    # Once is once: in the books, on the phone, and for any further try.
    assert redemptions(shop) == 1
    expect(phone.get_by_role("status").first).to_contain_text(re.compile(f"Used on .* · {winner}"), timeout=SLOW_MS)
    assert stock_left(shop) == STOCK - 1


# --- the phone


def phone_of(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 390, "height": 844}, is_mobile=True, locale="en")


def qr_on(phone: Page) -> str:
    """The text that a scanner reads from the phone's screen."""
    picture = Image.open(io.BytesIO(phone.locator("[data-qr]").screenshot()))
    return str(decode(picture.resize((600, 600)))[0].data.decode())


# --- the tills


def race(shop: Shop, qr: str) -> dict[str, requests.Response]:
    """Two sessions of the staff, signed in, that redeem when both are ready."""
    start = Barrier(len(TILLS))

    def redeem(till: str, link: str) -> requests.Response:
        with requests.Session() as session:
            token = signed_in(session, shop.house.url, link)
            headers = {"X-CSRFToken": token, "Idempotency-Key": new_id()}
            start.wait(timeout=30)
            body = {"qr": qr, "till": till}
            return session.post(f"{shop.house.url}/api/v1/redemptions", json=body, headers=headers, timeout=30)

    with ThreadPoolExecutor(len(TILLS)) as pool:
        return dict(zip(TILLS, pool.map(redeem, TILLS, shop.sign_in_links), strict=True))


def signed_in(session: requests.Session, url: str, link: str) -> str:
    """Come in by the one-time link; the token that the counter's page carries."""
    field = found(r'name="csrf_token" value="([^"]+)"', session.get(link, timeout=30).text)
    assert session.post(link, data={"csrf_token": field}, timeout=30).ok
    return found(r'name="csrf-token" content="([^"]+)"', session.get(f"{url}/counter", timeout=30).text)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


def used_at(message: str) -> datetime:
    """The minute that the refusal names, by the merchant's clock."""
    match = re.search(r"at (\d\d:\d\d) on (\d{4}-\d\d-\d\d)", message)
    assert match is not None, message
    return datetime.strptime(f"{match[2]} {match[1]}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(ZONE))


def said(answers: dict[str, requests.Response]) -> str:
    return "; ".join(f"{till}: {answer.status_code} {answer.text[:300]}" for till, answer in answers.items())


# --- the books


def is_ready(house: RunningHouse, creative_id: str) -> bool:
    with reading(house.engine) as db:
        return db.get_one(Creative, creative_id).state == CreativeState.READY


def on_stage(shop: Shop, item: str) -> bool:
    answer = requests.get(f"{shop.house.url}/api/v1/screens/{shop.screen.code}/stage", timeout=10)
    return item in answer.json().get("items", {})


def stock_left(shop: Shop) -> int:
    with reading(shop.house.engine) as db:
        return db.get_one(Offer, shop.offer_id).stock_left


def redemptions(shop: Shop) -> int:
    with reading(shop.house.engine) as db:
        return int(db.exec(select(func.count()).select_from(Redemption)).one())
