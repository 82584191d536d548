"""The portal's pages in a browser, on the narrowest phone: nothing cut off, faint, tiny or without a name.

Covers: player.portal.app
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from media.wire.errors import ErrorBody
from player.hotspot.messages import Answer, Ending, NoVisit, Refusal, Refused, VisitAnswer
from player.portal.consent.consents import Purpose
from player.portal.pages import PortalPage, render_portal, render_problem, render_terms
from player.portal.upstream.player_messages import NoScreen, Now, ScreenAnswer
from tests.player.portal.conftest import PLAN
from tests.player.timelines import MONDAY_MS, a_timeline, an_item
from tests.rig.phones.browser import chromium
from tests.rig.phones.page_audit import wrong_looks

pytestmark = pytest.mark.journey

NARROWEST = {"width": 320, "height": 640}
NOW = Now(utc_ms=MONDAY_MS, mono_ns=0)
NO_SCREEN = NoScreen(public_base="http://screens.example.org", has_uplink=False, now=NOW)
ACCESSES = {
    "new": NoVisit(phone="a"),
    "cut off": NoVisit(phone="a", ended=Ending.BYTES),
    "online": VisitAnswer(phone="a", seconds_left=1700, bytes_left=5_000_000),
    "full": Refused(why=Refusal.FULL),
    "no unit": None,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def a_screen() -> ScreenAnswer:
    title = "A bowl of noodles for two, half price 双人面五折"
    stage = a_timeline(items=[an_item("a").model_copy(update={"title": title})]).stage(MONDAY_MS)
    return ScreenAnswer(
        stage=stage.model_copy(update={"media_base": ""}), public_base="http://screens.example.org", presence="",
        has_uplink=True, now=NOW,
    )  # fmt: skip


def pages(language: Literal["en", "zh"], access: Answer | None) -> list[str]:
    choices = {Purpose.OFFERS: True, Purpose.RETURNS: False}
    screens = (a_screen(), NO_SCREEN, None)
    firsts = [render_portal(PortalPage(PLAN, access, screen, choices, language, token="A" * 32)) for screen in screens]
    return [*firsts, render_terms(language), render_problem(ErrorBody(code="x", message="Too fast."), language)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_look_right(browser: Browser, language: Literal["en", "zh"], scheme: Literal["light", "dark"]) -> None:
    """Without a script, as in a captive sheet that runs none."""
    page = browser.new_context(viewport=NARROWEST, color_scheme=scheme).new_page()
    for name, access in ACCESSES.items():
        for html in pages(language, access):
            page.set_content(html)
            assert (name, wrong_looks(page)) == (name, [])


def test_the_first_key_reaches_the_button_and_the_choices_follow(browser: Browser) -> None:
    page = browser.new_context(viewport=NARROWEST).new_page()
    page.set_content(pages("en", ACCESSES["new"])[0])
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.value || document.activeElement.textContent"))
    assert reached == ["Go online", "terms", "offers", "returns"]
    roles = page.get_by_role("checkbox", name="Recognise my phone when I come back")
    assert roles.count() == 1
    assert page.get_by_role("group", name="If you like (going online does not depend on it)").count() == 1
