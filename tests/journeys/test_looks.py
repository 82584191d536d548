"""Coupon pages and counter on the narrowest phone, in both languages, light and dark: nothing cut off, faint, tiny."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from server.accounts.links import sign_in_link
from server.accounts.models import Role
from server.db import transaction, utc_now
from tests.factories import make_merchant, make_offer, make_person
from tests.rig.phones.page_audit import wrong_looks
from tests.rig.servers.house import RunningHouse

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

NARROWEST = {"width": 320, "height": 640}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_coupon_pages_and_counter_look_right(
    house: RunningHouse, browser: Browser, language: str, scheme: Literal["light", "dark"]
) -> None:
    offers, sign_in = lay_out(house)
    phone, till = (
        browser.new_context(viewport=NARROWEST, locale=language, color_scheme=scheme).new_page() for _ in range(2)
    )
    for path in (*offers, "/wallet", "/w/nothing"):
        look_at(phone, house.url + path)
    look_at(phone, house.url + offers[0])
    press(phone, "form button")
    code = phone.locator(".code").inner_text()
    number = phone.locator(".number").inner_text()
    till.goto(sign_in)
    press(till, "main form button")
    look_at(till, f"{house.url}/counter")
    for shown in (code, f"{code} {number}", f"{code} {number}", "nonsense"):
        till.locator("#shown").fill(shown)
        press(till, "#redeem .btn-primary")
        assert_focus_is_seen(till)
    till.locator(".uses summary").click()
    assert_looks_right(till)
    phone.locator(".stamp").wait_for()  # the page of the coupon hears of its use, and starts over
    phone.wait_for_load_state()
    assert_looks_right(phone)
    look_at(phone, f"{house.url}/wallet")
    press(phone, ".list a")
    look_at(phone, f"{house.url}/wallet")
    press(phone, "form button")


def lay_out(house: RunningHouse) -> tuple[list[str], str]:
    """Offers with long words: one to claim, one for people at the screen, one that is out."""
    with transaction(house.engine) as db:
        merchant = make_merchant(db, name="Harbour Noodle Bar 港湾面馆", address="2 Harbour Road, ground floor")
        words = {"title": "A bowl of noodles for two, half price 双人面五折", "terms": "One for each table."}
        offers = [
            make_offer(db, merchant=merchant, presence=False, **words),
            make_offer(db, merchant=merchant, presence=True, **words),
            make_offer(db, merchant=merchant, presence=False, stock_left=0, **words),
        ]
        person = make_person(db, role=Role.MERCHANT, merchant_id=merchant.id)
        return [f"/o/{offer.id}" for offer in offers], sign_in_link(db, person.email, house.settings, utc_now())


def look_at(page: Page, address: str) -> None:
    page.goto(address)
    assert_looks_right(page)


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()
    assert_looks_right(page)


def assert_looks_right(page: Page) -> None:
    assert wrong_looks(page) == [], page.url


def assert_focus_is_seen(page: Page) -> None:
    """Fields light their border up; everything else that the keyboard reaches is ringed."""
    for _ in range(8):
        page.keyboard.press("Tab")
        unseen = "one => getComputedStyle(one).outlineStyle === 'none' && !one.matches('.form-control, body')"
        assert not page.locator(":focus").evaluate_all(f"all => all.some({unseen})"), page.url
