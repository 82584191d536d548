"""The example of a custom game on a real screen: two phones find the pairs, and one of them wins what is drawn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from media.wire.games import GameKind, Phrase
from server.coupons.models import Claim
from server.creatives.games import GameDesign
from server.creatives.uploads.game_file import GameSetup, add_game, stored_game
from server.db import new_id, reading, transaction, utc_now
from server.games.models import GameRound
from tests.factories import make_merchant, make_offer
from tests.rig.files.game_zips import packed
from tests.rig.games import join, phone_at, show_games, wait_for_game
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.vlc, pytest.mark.timeout(300)]

MEMORY = Path("media/games/examples/memory")
LENGTH_MS = 40_000
STAR = (245, 179, 1)  # in board/star.png alone
# Turns cards as a player with a good memory does, at a hand's pace.
SOLVE = """async () => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const cards = [...document.querySelectorAll("#cards button")];
  const isOpen = (card) => card.classList.contains("open");
  const face = async (card) => { card.click(); await pause(150); return card.textContent; };
  const known = new Map();
  while (cards.some((card) => !card.classList.contains("found"))) {
    while (cards.some((card) => isOpen(card) && !card.classList.contains("found"))) await pause(50);
    const first = cards.find((card) => !card.classList.contains("found") && !known.has(card))
      ?? cards.find((card) => !card.classList.contains("found"));
    const sign = await face(first);
    if (!sign) { await pause(200); continue; }
    const other = [...known].find(([card, seen]) => seen === sign && card !== first)?.[0]
      ?? cards.find((card) => card !== first && !card.classList.contains("found") && !known.has(card));
    known.set(first, sign);
    known.set(other, await face(other));
  }
}"""


@pytest.fixture
def lift(tmp_path: Path) -> Iterator[Lift]:
    with running_lift(tmp_path) as lift:
        yield lift


def test_two_phones_find_the_pairs_and_one_wins_the_draw(lift: Lift, browser: Browser) -> None:
    game_id, offer_id = set_up_memory(lift)
    scanned = lift.wait_for_item(game_id)
    phones = [phone_at(browser, lift, scanned) for _ in range(2)]
    wait_for_game(phones[0])
    for phone in phones:
        join(phone)
    for phone in phones:
        begin(phone)
    take_pictures(lift, *phones)
    eventually(lambda: shows_star(lift), within_s=20, what="the picture of the zip on the screen", every_s=0.2)
    won = [wins(phone) for phone in phones]
    assert sorted(won) == [False, True]
    with reading(lift.house.engine) as db:
        claims = db.exec(select(Claim).where(Claim.offer_id == offer_id)).all()
        rounds = db.exec(select(GameRound).where(GameRound.settled_at.is_not(None))).all()  # type: ignore[union-attr]
    assert [claim.presence for claim in claims] == ["game"]
    assert [(round_.joined, round_.played, round_.finished, round_.prizes) for round_ in rounds] == [(2, 2, 2, 1)]


def set_up_memory(lift: Lift) -> tuple[str, str]:
    """A screen that shows the memory game and nothing else."""
    files = {str(path.relative_to(MEMORY)): path.read_bytes() for path in MEMORY.rglob("*.*") if path.suffix != ".md"}
    design = GameDesign(
        kind=GameKind.CUSTOM, call=Phrase(zh="翻牌配对", en="Find the pairs"), prizes=1, most_score=1000
    )
    draft = packed(lift.folder / "memory.zip", files)
    with transaction(lift.house.engine) as db:
        offer_id = make_offer(db, merchant=make_merchant(db), title="Noodles").id
    setup = GameSetup(design=design, offer_id=offer_id, length_ms=LENGTH_MS)
    with stored_game(lift.house.store, draft) as game, transaction(lift.house.engine) as db:
        whose = {"advertiser_id": None, "by": None}
        game_id = add_game(db, game, setup, creative_id=new_id(), name="memory.zip", now=utc_now(), **whose).id
    show_games(lift, [game_id])
    return game_id, offer_id


def begin(phone: Page) -> None:
    """Once the game says that it has begun, the cards are turned without waiting for the other phone."""
    expect(phone.frame_locator("iframe").locator("#line")).to_have_text("Find the pairs!", timeout=30_000)
    phone.frames[-1].evaluate(f"() => {{ void ({SOLVE})(); }}")


def wins(phone: Page) -> bool:
    line = phone.locator("#game-line")
    expect(line).to_contain_text("You ", timeout=30_000)
    return "You have won" in (line.text_content() or "")


def shows_star(lift: Lift) -> bool:
    seen = {rgb: number for number, rgb in lift.picture().convert("RGB").getcolors(1 << 24) or []}
    return seen.get(STAR, 0) > 30


def take_pictures(lift: Lift, *phones: Page) -> None:
    """For the eye, where a folder is named."""
    folder = os.environ.get("PICTURES")
    if folder:
        lift.picture().save(Path(folder) / "memory-screen.png")
        for number, phone in enumerate(phones):
            phone.screenshot(path=str(Path(folder) / f"memory-phone-{number}.png"))
