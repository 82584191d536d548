"""A quiz and then a lucky draw on a real screen, with two phones: what they show is read back from the X server."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from media.cards.games.quiz_board import TILE_RIGHT
from media.games.draws import draw_winners, promise_of
from media.wire.games import GameKind, Phrase, PrizeFor
from server.coupons.models import Claim
from server.creatives.games import GameDesign, make_game
from server.creatives.quiz_questions import QuizQuestion
from server.db import reading, transaction, utc_now
from server.games.models import GameRound
from tests.factories import make_merchant, make_offer
from tests.rig.games import has_colour, join, open_prize, phone_at, record, said, show_games, shows, wait_for_game
from tests.rig.phones.browser import chromium
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.vlc, pytest.mark.timeout(300)]

LENGTH_MS = 30_000
QUESTION = QuizQuestion(
    text=Phrase(zh="乌龙茶来自哪里？", en="Where does oolong come from?"),
    answers=(Phrase(en="Bordeaux"), Phrase(zh="福建", en="Fujian")),
    right=1,
)
QUIZ = GameDesign(
    kind=GameKind.QUIZ, call=Phrase(en="Tea quiz"), prize_for=PrizeFor.FIRST, prizes=1, questions=(QUESTION,)
)
DRAW = GameDesign(kind=GameKind.LUCKY_DRAW, call=Phrase(en="Win noodles"), prizes=1, one_in=1)


def test_the_faster_right_answer_wins_and_then_one_of_all_is_drawn(tmp_path: Path) -> None:
    with running_lift(tmp_path) as lift, chromium() as browser:
        offers = set_up(lift)
        answer_the_quiz(lift, *phones_at(lift, browser), offer_id=offers[GameKind.QUIZ])
        take_part_in_the_draw(lift, *phones_at(lift, browser), offer_id=offers[GameKind.LUCKY_DRAW])


def set_up(lift: Lift) -> dict[GameKind, str]:
    """A screen that shows both in turn; returns the offer of each."""
    offers, games = {}, []
    for design in (QUIZ, DRAW):
        with transaction(lift.house.engine) as db:
            offer_id = make_offer(db, merchant=make_merchant(db), title=f"Noodles {design.kind}").id
            game = make_game(db, design, title="", offer_id=offer_id, length_ms=LENGTH_MS, by=None, now=utc_now())
            offers[design.kind] = offer_id
            games.append(game.id)
    show_games(lift, games)
    lift.wait_for_item(games[0])
    return offers


def phones_at(lift: Lift, browser: Browser) -> tuple[Page, Page]:
    scanned = eventually(lift.scanned, within_s=30, what="the strip's code")
    return phone_at(browser, lift, scanned), phone_at(browser, lift, scanned)


def answer_the_quiz(lift: Lift, fast: Page, slow: Page, *, offer_id: str) -> None:
    wait_for_game(fast, "Tea quiz")
    for phone in (fast, slow):
        join(phone)
        record(phone)
    for phone in (fast, slow):
        phone.get_by_role("radio", name="Fujian").check(timeout=20_000)
    eventually(lambda: has_colour(lift.picture(), TILE_RIGHT), within_s=20, what="the right answer", every_s=0.2)
    for phone in (fast, slow):
        expect(phone.locator(".quiz-answer.right")).to_contain_text("✓ 2")
    eventually(lambda: said(fast, "You have won: "), within_s=30, what="the result of the quiz")
    eventually(lambda: said(slow, "You are number 2 of 2."), within_s=30, what="the other's place")
    assert said(fast, "Right! Fujian")
    assert said(slow, "Right! Fujian")
    assert claimed(lift, offer_id) == 1


def take_part_in_the_draw(lift: Lift, first: Page, second: Page, *, offer_id: str) -> None:
    wait_for_game(first, "Win noodles")
    expect(first.locator("#game-terms")).to_have_text("Prizes each time: at most 1. Odds 1 in 1, no purchase needed.")
    for phone in (first, second):
        join(phone)
        record(phone)
    promise = first.locator("#game-promise").text_content() or ""
    seed = eventually(lambda: said(first, "Seed: "), within_s=30, what="the seed of the draw").removeprefix("Seed: ")
    [winner] = draw_winners(bytes.fromhex(seed), [0, 1], most=1)
    won, lost = (first, second) if winner == 0 else (second, first)
    eventually(lambda: drawn_alone(lift.picture(), winner), within_s=20, what="the winner on the screen", every_s=0.2)
    open_prize(won)
    expect(won.get_by_text("Noodles lucky_draw").first).to_be_visible()
    assert promise.endswith(promise_of(bytes.fromhex(seed)))
    eventually(lambda: said(lost, "You were not drawn this time. Join the next one!"), within_s=30, what="the other")
    assert claimed(lift, offer_id) == 1
    with reading(lift.house.engine) as db:
        results = [round_.result for round_ in db.exec(select(GameRound)).all() if round_.result]
    assert [result["entrants"] for result in results if result["entrants"]] == [[0, 1]]


def drawn_alone(screen: Image.Image, winner: int) -> bool:
    return shows(screen, seat=winner) and not shows(screen, seat=1 - winner)


def claimed(lift: Lift, offer_id: str) -> int:
    with reading(lift.house.engine) as db:
        return len(db.exec(select(Claim).where(Claim.offer_id == offer_id)).all())
