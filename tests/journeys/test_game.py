"""A race on a real screen: two phones join and tap, the board moves, and the faster one wins the last coupon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageColor
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from media.games.faces import face_of
from media.wire.games import Phrase, PrizeFor
from server.campaigns.house import add_house_content
from server.coupons.models import Claim
from server.creatives.games import GameDesign, make_game
from server.creatives.models import Creative, CreativeState
from server.db import reading, transaction, utc_now
from server.games.models import GameRound
from tests.factories import make_merchant, make_offer
from tests.rig.phones.browser import chromium
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.vlc, pytest.mark.timeout(300)]

LENGTH_MS = 30_000
TAPS = 12


@pytest.fixture
def lift(tmp_path: Path) -> Iterator[Lift]:
    with running_lift(tmp_path) as lift:
        yield lift


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_the_phone_that_taps_more_wins_the_last_coupon_and_the_other_is_told_so(lift: Lift, browser: Browser) -> None:
    game_id, offer_id = set_up_race(lift)
    scanned = lift.wait_for_item(game_id)
    fast, slow = (phone_at(browser, lift, scanned) for _ in range(2))
    wait_for_another_game(fast)
    for phone in (fast, slow):
        join(phone)
    eventually(lambda: shows(lift.picture(), seat=1), within_s=20, what="both animals on the screen", every_s=0.2)
    for phone, taps in ((fast, TAPS), (slow, 2)):
        expect(phone.locator("#game-act")).to_have_text("Tap, fast!", timeout=30_000)
        for _ in range(taps):
            phone.locator("#game-act").tap()
    before = lift.picture()
    eventually(lambda: ImageChops.difference(before, lift.picture()).getbbox(), within_s=10, what="the board to move")
    expect(fast.locator("#game-line")).to_contain_text("You have won: ", timeout=30_000)
    expect(slow.locator("#game-line")).to_contain_text("the last one of “Noodles” was taken just before")
    expect(slow.locator("#game-prize")).to_be_hidden()
    fast.locator("#game-prize").click()
    expect(fast.get_by_text("Noodles").first).to_be_visible()
    with reading(lift.house.engine) as db:
        [claim] = db.exec(select(Claim).where(Claim.offer_id == offer_id)).all()
        rounds = db.exec(select(GameRound).where(GameRound.settled_at.is_not(None))).all()  # type: ignore[union-attr]
    assert claim.presence == "game"
    assert [(round_.joined, round_.played, round_.finished, round_.prizes) for round_ in rounds] == [(2, 2, 2, 1)]


def set_up_race(lift: Lift, *, length_ms: int = LENGTH_MS) -> tuple[str, str]:
    """A screen that shows one game and nothing else. Whoever taps wins the coupon, of which there is one left."""
    venue, screen = lift.add_screen()
    design = GameDesign(call=Phrase(zh="面馆赛跑", en="Run for noodles"), prize_for=PrizeFor.FINISHERS, prizes=2)
    with transaction(lift.house.engine) as db:
        offer_id = make_offer(db, merchant=make_merchant(db), title="Noodles", stock=1).id
        game_id = make_game(db, design, title="", offer_id=offer_id, length_ms=length_ms, by=None, now=utc_now()).id
    eventually(lambda: is_ready(lift, game_id), within_s=90, what="the game's poster", every_s=0.2)
    with transaction(lift.house.engine) as db:
        add_house_content(db, game_id, venue.id, now=utc_now())
    lift.start_player()
    lift.enrol(screen.id)
    return game_id, offer_id


def is_ready(lift: Lift, creative_id: str) -> bool:
    with reading(lift.house.engine) as db:
        creative = db.get(Creative, creative_id)
        return creative is not None and creative.state is CreativeState.READY


def phone_at(browser: Browser, lift: Lift, scanned: dict[str, str]) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en")
    page = context.new_page()
    page.goto(f"{lift.url}{scanned['path']}?i={scanned['i']}&p={scanned['p']}")
    return page


def wait_for_another_game(phone: Page) -> None:
    """So that both phones have the whole of its joining."""
    line = phone.locator("#game-line")
    expect(line).to_contain_text(re.compile("over|Watch"), timeout=60_000)
    expect(line).to_contain_text("Everybody here can play", timeout=60_000)


def join(phone: Page) -> None:
    phone.locator("#game-act").tap()
    expect(phone.locator("#game-face")).to_be_visible(timeout=10_000)


def shows(screen: Image.Image, *, seat: int) -> bool:
    """Whether the colour of this seat's disc is on the screen."""
    colour = ImageColor.getrgb(face_of(seat).colour)
    seen = {rgb: number for number, rgb in screen.convert("RGB").getcolors(1 << 24) or []}
    return seen.get(colour, 0) > 200
