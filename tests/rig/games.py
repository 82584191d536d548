"""Games on a whole lift: creatives that a screen shows, phones that join, and what is read back from the screen."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageColor
from playwright.sync_api import Browser, Page, expect

from media.games.faces import face_of
from server.campaigns.house import add_house_content
from server.creatives.models import Creative, CreativeState
from server.db import reading, transaction, utc_now
from tests.rig.servers.full_stack import Lift
from tests.rig.servers.processes import eventually


def show_games(lift: Lift, game_ids: Sequence[str]) -> None:
    """A new screen that shows these games and nothing else, with its player."""
    venue, screen = lift.add_screen()
    for game_id in game_ids:
        eventually(lambda game_id=game_id: is_ready(lift, game_id), within_s=90, what="the game's poster", every_s=0.2)
    with transaction(lift.house.engine) as db:
        for game_id in game_ids:
            add_house_content(db, game_id, venue.id, now=utc_now())
    lift.start_player()
    lift.enrol(screen.id)


def is_ready(lift: Lift, creative_id: str) -> bool:
    with reading(lift.house.engine) as db:
        creative = db.get(Creative, creative_id)
        return creative is not None and creative.state is CreativeState.READY


def phone_at(browser: Browser, lift: Lift, scanned: dict[str, str]) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en")
    page = context.new_page()
    page.goto(f"{lift.url}{scanned['path']}?i={scanned['i']}&p={scanned['p']}")
    return page


def wait_for_game(phone: Page, call: str = "") -> None:
    """Until the next game begins, so that the phones have the whole of its joining. call: only the game of this name"""
    waiting = phone.locator("#game:has(#game-line:has-text('Watch who wins')), #game:has(#game-line:has-text('over'))")
    expect(waiting).to_be_visible(timeout=90_000)
    called = f":has(#game-call:text-is('{call}'))" if call else ""
    begun = phone.locator(f"#game{called}:has(#game-line:has-text('Everybody here can play'))")
    expect(begun).to_be_visible(timeout=90_000)


def join(phone: Page) -> None:
    phone.locator("#game-act").tap()
    expect(phone.locator("#game-face")).to_be_visible(timeout=10_000)


def record(phone: Page) -> None:
    """Note what the phone says and links to from now on: a result is visible for some seconds only."""
    phone.evaluate(
        """() => {
          window.said = [];
          for (const id of ["game-line", "game-seed"]) {
            const part = document.getElementById(id);
            const note = () => window.said.push(part.textContent);
            new MutationObserver(note).observe(part, { childList: true, characterData: true, subtree: true });
          }
          const prize = document.getElementById("game-prize");
          window.prize = "";
          const look = () => (window.prize = prize.hidden ? window.prize : prize.href);
          new MutationObserver(look).observe(prize, { attributes: true });
        }"""
    )


def said(phone: Page, words: str) -> str | None:
    """The first text with these words that the phone has shown since `record`."""
    return next((text for text in phone.evaluate("window.said") if words in text), None)


def open_prize(phone: Page) -> None:
    """Follow the link to the coupon that the phone has shown since `record`, perhaps a moment ago."""
    phone.goto(eventually(lambda: str(phone.evaluate("window.prize")), within_s=30, what="the link to the prize"))


def shows(screen: Image.Image, *, seat: int) -> bool:
    """Whether the colour of this seat's disc is on the screen."""
    return has_colour(screen, face_of(seat).colour)


def has_colour(screen: Image.Image, name: str) -> bool:
    """Whether much of the screen has this colour."""
    colour = ImageColor.getrgb(name)
    seen = {rgb: number for number, rgb in screen.convert("RGB").getcolors(1 << 24) or []}
    return seen.get(colour, 0) > 200
