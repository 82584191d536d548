"""A race on a real screen: two phones join and tap, the board moves, and the faster one wins the last coupon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageChops
from playwright.sync_api import Browser, expect
from sqlmodel import select

from media.wire.games import Phrase, PrizeFor
from server.coupons.models import Claim
from server.creatives.games import GameDesign, make_game
from server.db import reading, transaction, utc_now
from server.games.models import GameRound
from tests.factories import make_merchant, make_offer
from tests.rig.games import join, open_prize, phone_at, record, said, show_games, shows, wait_for_game
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.vlc, pytest.mark.timeout(300)]

LENGTH_MS = 40_000
TAPS = 12


@pytest.fixture
def lift(tmp_path: Path) -> Iterator[Lift]:
    with running_lift(tmp_path) as lift:
        yield lift


def test_the_phone_that_taps_more_wins_the_last_coupon_and_the_other_reads_that_it_lost(
    lift: Lift, browser: Browser
) -> None:
    game_id, offer_id = set_up_race(lift)
    scanned = lift.wait_for_item(game_id)
    fast, slow = (phone_at(browser, lift, scanned) for _ in range(2))
    wait_for_game(fast)
    for phone in (fast, slow):
        join(phone)
        record(phone)
    eventually(lambda: shows(lift.picture(), seat=1), within_s=20, what="both animals on the screen", every_s=0.2)
    for phone, taps in ((fast, TAPS), (slow, 2)):
        expect(phone.locator("#game-act")).to_have_text("Tap, fast!", timeout=30_000)
        for _ in range(taps):
            phone.locator("#game-act").tap()
    before = lift.picture()
    eventually(lambda: ImageChops.difference(before, lift.picture()).getbbox(), within_s=10, what="the board to move")
    eventually(lambda: said(fast, "You have won: "), within_s=40, what="the winner's line")
    open_prize(fast)
    expect(fast.get_by_text("Noodles").first).to_be_visible()
    eventually(lambda: said(slow, "the last one of “Noodles” was taken just before"), within_s=20, what="the other's")
    assert slow.evaluate("window.prize") == ""
    with reading(lift.house.engine) as db:
        [claim] = db.exec(select(Claim).where(Claim.offer_id == offer_id)).all()
        rounds = db.exec(select(GameRound).where(GameRound.settled_at.is_not(None))).all()  # type: ignore[union-attr]
    assert claim.presence == "game"
    assert [(round_.joined, round_.played, round_.finished, round_.prizes) for round_ in rounds] == [(2, 2, 2, 1)]


def set_up_race(lift: Lift, *, length_ms: int = LENGTH_MS) -> tuple[str, str]:
    """A screen that shows one game and nothing else. Whoever taps wins the coupon, of which there is one left."""
    design = GameDesign(call=Phrase(zh="面馆赛跑", en="Run for noodles"), prize_for=PrizeFor.FINISHERS, prizes=2)
    with transaction(lift.house.engine) as db:
        offer_id = make_offer(db, merchant=make_merchant(db), title="Noodles", stock=1).id
        game_id = make_game(db, design, title="", offer_id=offer_id, length_ms=length_ms, by=None, now=utc_now()).id
    show_games(lift, [game_id])
    return game_id, offer_id
