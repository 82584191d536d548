"""Rounds that a box reports: honest ones are recorded once, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from media.games.draws import draw_winners
from media.games.faces import MOST_FACES
from media.store import MediaStore
from media.wire.game_rounds import MOST_SEATS, RoundPlace, RoundPrize, RoundReport
from media.wire.games import Phrase, PrizeFor
from server.coupons.models import Lease, LeasedClaim, Offer
from server.creatives.games import GameDesign
from server.creatives.models import Creative
from server.db import new_id, reading, to_ms, transaction
from server.games.box_rounds import (
    NOT_CONSISTENT,
    NOT_SHOWN,
    OTHER_SCREEN,
    OTHER_TIME,
    OVERLAPS,
    accept_rounds,
    judge_rounds,
)
from server.games.models import GameRound
from server.games.rounds import Spot, open_round
from server.screens.models import Player, Screen
from tests.factories import NOON, make_creative, make_offer, make_player, make_screen, saved
from tests.rig.players.handmade_timeline import house_item, lay_timeline

LENGTH_MS = 20_000
SEED = "5a" * 32
LATER = NOON + timedelta(hours=1)


class Box:
    """A box on a screen that shows games all the time, with two claims of the prize, one of which a phone has."""

    def __init__(self, engine: Engine, store: MediaStore, *, prize_for: PrizeFor = PrizeFor.FIRST_THREE) -> None:
        self.engine, self.store = engine, store
        with transaction(engine) as db:
            self.offer: Offer = make_offer(db)
            design = GameDesign(call=Phrase(en="Run"), prize_for=prize_for, prizes=2).model_dump(mode="json")
            self.creative: Creative = make_creative(
                db, kind="game", length_ms=LENGTH_MS, game=design, offer_id=self.offer.id
            )
            self.screen: Screen = make_screen(db)
            item = house_item(self.creative.id, kind="game")
            lay_timeline(db, self.screen, {item.id: item}, house=(item.id,), at=NOON)
            self.player: Player = make_player(db, screen=self.screen)
        self.given, self.unused = self.claim("a" * 64), self.claim(None)

    def claim(self, phone: str | None, player: Player | None = None) -> str:
        """A claim of a box's lease; `phone` is the hash of the one that has it."""
        player_id, claim_id = (player or self.player).id, new_id()
        with transaction(self.engine) as db:
            here = select(Lease).where(Lease.player_id == player_id, Lease.offer_id == self.offer.id)
            lease = db.exec(here).first() or saved(
                db, Lease(player_id=player_id, offer_id=self.offer.id, made_at=NOON, expires_at=LATER)
            )
            hmacs = {f"{name}_hmac": f"{name}-{claim_id}" for name in ("code", "qr", "link")}
            claim = LeasedClaim(
                id=claim_id, lease_id=lease.id, offer_id=self.offer.id, phone_hash=phone, expires_at=LATER, **hmacs
            )  # fmt: skip
            saved(db, claim)
        return claim_id

    def report(self, at_s: int = 0, **more: Any) -> RoundReport:
        defaults: dict[str, Any] = {
            "screen": self.screen.id, "starts_ms": to_ms(NOON) + at_s * 1000, "item": self.creative.id, "version": 1,
            "seed": SEED, "joined": 3, "played": 2, "finished": 2,
            "places": (RoundPlace(seats=(1, 0), points=9),), "prizes": (RoundPrize(seat=1, claim=self.given),),
        }  # fmt: skip
        return RoundReport(**defaults | more)

    def send(self, *reports: RoundReport, player: Player | None = None) -> list[tuple[str, str]]:
        player = player or self.player
        with reading(self.engine) as db:
            judged = judge_rounds(db, self.store, player, reports, now=LATER)
        with transaction(self.engine) as db:
            return [(answer.status, answer.why) for answer in accept_rounds(db, player, judged)]

    def rounds(self) -> list[GameRound]:
        with reading(self.engine) as db:
            return list(db.exec(select(GameRound).order_by(GameRound.starts_at)).all())  # type: ignore[arg-type]


@pytest.fixture
def box(engine: Engine, store: MediaStore) -> Box:
    return Box(engine, store)


def test_a_round_is_recorded_once_with_what_the_server_knows_of_its_prizes(box: Box) -> None:
    prizes = tuple(RoundPrize(seat=seat, claim=claim) for seat, claim in ((1, box.given), (0, box.unused)))
    report = box.report(prizes=prizes)
    assert box.send(report) == [("accepted", "")]
    assert box.send(report, report) == [("duplicate", "")] * 2
    [round_] = box.rounds()
    assert (round_.joined, round_.played, round_.finished, round_.prizes) == (3, 2, 2, 1)
    assert (round_.starts_at, round_.creative_id, round_.seed, round_.snapshot) == (NOON, box.creative.id, SEED, "")
    assert round_.settled_at == NOON + timedelta(milliseconds=LENGTH_MS)
    assert round_.result == {
        "places": [{"seats": [1, 0], "points": 9}], "winners": [1], "entrants": [], "cut_short": False,
    }  # fmt: skip


def test_a_claim_of_another_boxs_lease_is_no_prize(box: Box) -> None:
    with transaction(box.engine) as db:
        other = make_player(db, screen=make_screen(db))
    claim = box.claim("b" * 64, other)
    box.send(box.report(prizes=(RoundPrize(seat=1, claim=claim),)))
    assert [round_.prizes for round_ in box.rounds()] == [0]


def test_a_box_reports_no_round_of_another_screen(box: Box) -> None:
    with transaction(box.engine) as db:
        other = make_player(db, screen=make_screen(db))
    assert box.send(box.report(), player=other) == [("refused", OTHER_SCREEN)]
    assert box.send(box.report(screen=other.screen_id), box.report(screen="x")) == [("refused", OTHER_SCREEN)] * 2
    assert box.rounds() == []


def test_what_the_server_refereed_stays_as_it_is(box: Box) -> None:
    with transaction(box.engine) as db:
        open_round(db, Spot(box.screen.id, NOON, LENGTH_MS, box.creative.id, None), seed=b"s" * 32, now=NOON)
    assert box.send(box.report(), box.report(at_s=5)) == [("refused", OVERLAPS)] * 2
    assert [round_.settled_at for round_ in box.rounds()] == [None]


def test_a_screen_has_time_for_one_game_at_once(box: Box) -> None:
    answers = box.send(*(box.report(at_s) for at_s in (20, 19, 1, 39, 0, 40)))
    assert [status for status, _ in answers] == ["accepted", *["refused"] * 3, *["accepted"] * 2]


def test_a_game_that_was_not_on_the_screen_is_refused(box: Box) -> None:
    with transaction(box.engine) as db:
        game = GameDesign(call=Phrase(en="Run")).model_dump(mode="json")
        elsewhere, film = make_creative(db, kind="game", length_ms=LENGTH_MS, game=game), make_creative(db)
    reports = [box.report(item=item, prizes=()) for item in (elsewhere.id, film.id, "nothing")]
    assert box.send(*reports) == [("refused", NOT_SHOWN)] * 3


@pytest.mark.parametrize("at_s", [3600, 10**7, -31 * 86_400])
def test_a_round_of_another_time_is_refused(box: Box, at_s: int) -> None:
    assert box.send(box.report(at_s)) == [("refused", OTHER_TIME)]


@pytest.mark.parametrize(
    "more",
    [
        {"played": 4}, {"finished": 4}, {"joined": 1}, {"entrants": (3,)}, {"entrants": (0, 0)},
        {"places": (RoundPlace(seats=(0, 0), points=1),)},
        {"prizes": tuple(RoundPrize(seat=seat, claim=f"{seat:026}") for seat in range(3))},
        {"prizes": tuple(RoundPrize(seat=seat, claim="0" * 26) for seat in range(2))},
    ],
)  # fmt: skip
def test_a_round_that_contradicts_itself_is_refused(box: Box, more: dict[str, Any]) -> None:
    assert box.send(box.report(**more)) == [("refused", NOT_CONSISTENT)]


@pytest.mark.parametrize("cut_short", [True, False])
def test_only_the_tickets_that_win_a_draw_have_prizes(engine: Engine, store: MediaStore, cut_short: bool) -> None:
    box = Box(engine, store, prize_for=PrizeFor.FIRST if cut_short else PrizeFor.DRAWN)
    entrants = tuple(range(3))
    first, second = draw_winners(bytes.fromhex(SEED), entrants, most=2)
    [loser] = set(entrants) - {first, second}
    drawn = {"entrants": entrants, "cut_short": cut_short}
    lost, won = (box.report(prizes=(RoundPrize(seat=seat, claim=box.given),), **drawn) for seat in (loser, second))
    assert box.send(lost, won) == [("refused", NOT_CONSISTENT), ("accepted", "")]


def test_a_report_has_room_for_every_seat() -> None:
    assert MOST_SEATS == MOST_FACES
