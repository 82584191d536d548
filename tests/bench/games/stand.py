"""A lift whose screen shows a race and a coupon's card in turn, and phones in front of it."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, func, select

from media.games.phases import Phases, phases_of
from media.presence import token_at
from media.wire.games import Phrase, PrizeFor
from server.campaigns.house import add_house_content
from server.coupons.models import Claim, Offer
from server.creatives.coupons import make_coupon_creative
from server.creatives.games import GameDesign, make_game
from server.creatives.models import Creative, CreativeState
from server.db import reading, to_ms, transaction, utc_now
from server.screens.models import Screen
from tests.bench.games import INPUTS
from tests.factories import make_merchant, make_offer
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import Process, eventually

LENGTH_MS, CARD_MS = 30_000, 5000
STOCK = 5
AHEAD_S = 2


@dataclass
class Stand:
    """game: the id of the race's creative"""

    lift: Lift
    screen: Screen
    game: str
    offer: str

    @property
    def code(self) -> str:
        return self.screen.code

    def presence(self) -> str:
        return token_at(self.screen.presence_key, to_ms(utc_now()))

    def get(self, path: str) -> dict[str, object]:
        with urllib.request.urlopen(self.lift.url + path, timeout=30) as answer:
            return dict(json.loads(answer.read()))

    def next_race(self) -> Phases:
        """The next one that has not begun. Waits until it begins in a moment."""
        starts_ms = eventually(self._coming, within_s=120, what="another race", every_s=0.5)
        time.sleep(max(0, starts_ms / 1000 - AHEAD_S - time.time()))
        return phases_of(starts_ms, LENGTH_MS)

    def _coming(self) -> int | None:
        stage = self.get(f"/api/v1/screens/{self.code}/stage")
        starts = [spot["starts_ms"] for spot in stage["spots"] if (spot["item"] or "").startswith(self.game)]  # type: ignore[attr-defined]
        return min((starts_ms for starts_ms in starts if starts_ms / 1000 > time.time() + AHEAD_S), default=None)

    def inputs_taken(self) -> int:
        with urllib.request.urlopen(self.lift.house.settings.public_url + INPUTS, timeout=30) as answer:
            return int(json.loads(answer.read())["taken"])

    def web_cpu_s(self) -> float:
        fields = Path(f"/proc/{self.lift.house.processes['web'].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def claims_over_stock(self) -> int:
        with reading(self.lift.house.engine) as db:
            claims = db.exec(select(func.count()).select_from(Claim).where(Claim.offer_id == self.offer)).one()
            left = db.exec(select(Offer.stock_left).where(Offer.id == self.offer)).one()
        return max(0, claims - STOCK) + max(0, -left)


@contextmanager
def open_stand(folder: Path) -> Iterator[Stand]:
    more = {"LIFTCAST_PEOPLE_AT_SCREEN": "1000", "LIFTCAST_SOCKETS_PER_ADDRESS": "1000"}
    with running_lift(folder, parts=("media", "worker", "planner", "desk"), more=more) as lift:
        web = Process(
            "web", [sys.executable, "-m", "tests.bench.games.web"], folder=folder / "logs", env=lift.house.env
        )
        lift.house.processes["web"] = web
        web.wait_for("listening on", within_s=120)
        yield _with_race(lift)


def _with_race(lift: Lift) -> Stand:
    venue, screen = lift.add_screen()
    design = GameDesign(call=Phrase(zh="面馆赛跑", en="Run for noodles"), prize_for=PrizeFor.FINISHERS, prizes=100)
    with transaction(lift.house.engine) as db:
        offer = make_offer(db, merchant=make_merchant(db), title="Noodles", stock=STOCK).id
        shared = {"title": "", "offer_id": offer, "by": None, "now": utc_now()}
        game = make_game(db, design, length_ms=LENGTH_MS, **shared).id
        card = make_coupon_creative(db, picture_digest=None, length_ms=CARD_MS, **shared).id
    eventually(lambda: _are_ready(lift, [game, card]), within_s=180, what="poster and card", every_s=0.5)
    with transaction(lift.house.engine) as db:
        for creative in (game, card):
            add_house_content(db, creative, venue.id, now=utc_now())
    lift.start_player()
    lift.enrol(screen.id)
    lift.wait_for_item(game, within_s=180)
    return Stand(lift, screen, game, offer)


def _are_ready(lift: Lift, ids: list[str]) -> bool:
    with reading(lift.house.engine) as db:
        ready = select(Creative.id).where(col(Creative.id).in_(ids), Creative.state == CreativeState.READY)
        return len(db.exec(ready).all()) == len(ids)
