"""The phone page in Chromium, against real web and media processes."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from media.phone.tokens import new_token
from server.coupons.claims import claim_offer
from server.coupons.codes.derive import coupon_keys
from server.coupons.wallets.phones import phone_of_token
from server.db import transaction, utc_now
from tests.rig.phones.browser import chromium
from tests.rig.phones.phone import LAP_MS, OpenPage, measures, wait_for_socket, wait_until_in_step, wait_until_shown
from tests.rig.phones.phone_stand import ROTATION_S, TONES, Lookout, lay_rotation, look_out, lookout
from tests.rig.players.sound_card import TENTHS, SoundCard, heard_tones, running_sound_card
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lookout]:
    with lookout(tmp_path_factory.mktemp("place")) as place:
        yield place


def claim_from_afar(place: Lookout) -> None:
    """Another phone takes a piece."""
    now = utc_now()
    with transaction(place.house.engine) as db:
        phone = phone_of_token(db, new_token(), language="en", now=now)
        claim_offer(
            db,
            place.offer.id,
            phone=phone,
            presence="",
            idempotency_key="afar",
            screen_id=None,
            keys=coupon_keys(place.house.settings.secret_key),
            now=now,
        )


def test_a_film_keeps_to_the_timeline_and_switches_need_no_message(place: Lookout, open_page: OpenPage) -> None:
    page = open_page(place.house.url + place.address)
    page.wait_for_function(
        "() => window.liftcast?.line === 'socket' && window.liftcast.error_bound_ms < 20", timeout=LAP_MS
    )
    page.wait_for_function("() => window.liftcast.awake")  # this machine counts as https
    wait_until_shown(page, "film2")
    wait_until_in_step(page)
    fetches = measures(page)["fetches"]
    for item in ("song", "film", "notice"):
        wait_until_shown(page, item)
    assert measures(page)["fetches"] == fetches
    shown = page.evaluate("[Date.now(), window.liftcast.now_ms]")
    assert abs(shown[0] - shown[1]) < 20  # page and server share this machine's clock


def test_a_change_is_announced_to_screen_readers_and_a_notice_is_read_as_text(
    place: Lookout, open_page: OpenPage
) -> None:
    page = open_page(place.house.url + place.address)
    wait_until_shown(page, "notice")
    expect(page.locator("#announce")).to_contain_text("On the screen now: Water is off", timeout=LAP_MS)
    expect(page.locator("#now-text")).to_contain_text("Please fill a kettle before.", timeout=LAP_MS)
    assert page.locator("#announce").get_attribute("aria-live") == "polite"
    assert page.locator("#next-in").evaluate("e => e.closest('[aria-live]')") is None


def test_one_tap_claims_and_others_see_the_stock_move(place: Lookout, open_page: OpenPage) -> None:
    address = place.house.url + place.address + "?i=coupon"
    mine, other = open_page(address), open_page(address)
    for page in (mine, other):
        wait_for_socket(page)
    before = int(str(other.locator("#scanned .offer-left").inner_text() or "0").split()[0])
    # A coupon that was scanned is offered above the item that plays; while it plays itself, with it.
    mine.locator("#scanned button.act:visible, #now-offer button.act:visible").first.click()
    link = mine.locator(".offer a.act:visible").first
    expect(link).to_be_focused()
    assert urlsplit(str(link.get_attribute("href"))).path.startswith("/w/")
    left = other.locator(".offer:not(#offer-template *) .offer-left:visible").first
    expect(left).to_have_text(f"{before - 1} left")
    link.click()
    mine.wait_for_url("**/w/*")


def test_the_focus_stays_on_an_offer_that_moves(place: Lookout, open_page: OpenPage) -> None:
    page = open_page(place.house.url + place.address + "?i=coupon")
    wait_for_socket(page)
    page.wait_for_function(
        """() => {
          const button = document.querySelector("#scanned button.act");
          button?.focus();
          return button !== null && document.activeElement === button;
        }""",
        timeout=LAP_MS,
    )
    wait_until_shown(page, "coupon")
    expect(page.locator("#now-offer button.act")).to_be_focused()


def test_an_offer_that_is_out_is_not_shown_as_claimable(place: Lookout, open_page: OpenPage) -> None:
    last = look_out(place.house, stock=1)
    page = open_page(last.house.url + last.address + "?i=coupon")
    wait_for_socket(page)
    expect(page.locator(".offer button.act:visible").first).to_be_visible()
    claim_from_afar(last)
    expect(page.locator(".offer button.act:visible")).to_have_count(0)
    expect(page.locator(".offer-not:visible").first).to_have_text("All gone")


def test_one_tap_brings_sound_and_every_second_of_every_film_is_heard(place: Lookout) -> None:
    with running_sound_card() as card, chromium(card=card) as browser:
        page = browser.new_page(viewport={"width": 390, "height": 780})
        page.goto(place.house.url + lay_rotation(place.house))
        sound = page.locator("#sound")
        sound.click()
        expect(sound).to_have_attribute("aria-pressed", "true")
        tones = eventually(lambda: whole_rotation(card), within_s=90, what="every second to be heard", every_s=1)
        assert measures(page)["sound"]["state"] == "running"
        expect(sound).to_have_text("Sound off")
    assert list(dict.fromkeys(tone for tone in tones if tone)) == list(TONES)


def whole_rotation(card: SoundCard) -> list[int | None]:
    """The tones of the last rotation, tenth by tenth, if all of it was heard. A tenth in which films meet has two."""
    heard = heard_tones(card.samples(), TONES)
    ends = [nth for nth in range(1, len(heard)) if heard[nth - 1] == TONES[-1] != heard[nth]]
    length = len(TONES) * ROTATION_S * TENTHS
    rotation = heard[ends[-1] - length : ends[-1]] if ends and ends[-1] >= length else []
    whole = all(rotation.count(tone) >= ROTATION_S * TENTHS - 2 for tone in TONES)
    return rotation if whole else []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_fits_and_can_be_tapped(place: Lookout, open_page: OpenPage, width: int) -> None:
    page = open_page(place.house.url + place.address + "?i=coupon", width=width, locale="zh-CN", color_scheme="dark")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = page.locator("button:visible, a:visible, summary:visible")
    heights = [box["height"] for box in (target.bounding_box() for target in targets.all()) if box]
    assert heights
    assert min(heights) >= 44


def test_a_phone_without_script_sees_the_item_and_claims_by_form(place: Lookout, open_page: OpenPage) -> None:
    page = open_page(place.house.url + place.address + "?i=coupon", java_script_enabled=False)
    expect(page.locator("#now-title")).to_be_visible()
    page.locator(".offer button.act:visible").first.click()
    page.wait_for_url("**/w/*")
