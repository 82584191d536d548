"""Phones in front of the screens, and the till where their coupons are used."""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field

import gevent

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from media.presence import token_at
from server.db import new_id
from tests.bench.chaos.clients.http import Address, Answer, Visitor, settle
from tests.bench.chaos.clients.live_socket import LiveSocket
from tests.bench.chaos.ledger import Answers
from tests.bench.chaos.world import BoxPlace, World

CLOCK_EVERY_S = 30.0
STAGE_EVERY_S = 300.0
HINT_SPREAD_S = 3.0
FIRST_PAUSE_S, LONGEST_PAUSE_S, SPREAD = 1.0, 5.0, 0.8  # as in media/phone/app/src/live.ts
CREATED, REPEATED = 201, 200


def pause_s(failed: int) -> float:
    """Of socket.io-client (its `Backoff`): chance is applied to the doubled pause, and the bound after it."""
    doubled_s = FIRST_PAUSE_S * 2 ** min(failed, 10)
    return min(LONGEST_PAUSE_S, doubled_s * random.uniform(1 - SPREAD, 1 + SPREAD))


@dataclass
class PhoneInLobby:
    """A place in front of a screen. A person there leaves when all offers are claimed, and another comes."""

    place: BoxPlace
    visitor: Visitor
    web: Address
    offers: list[tuple[int, str]] = field(default_factory=list)
    token: str = field(default_factory=new_token)
    stage_due: float = 0.0

    def __post_init__(self) -> None:
        auth = {"screen": self.place.code}
        self.socket = LiveSocket(
            self.visitor.record, self.web, "/phone", auth, self._on_event, pause_s, source=self.visitor.source
        )

    def start(self) -> list[gevent.Greenlet]:
        return [gevent.spawn(self.socket.run), gevent.spawn(self._look)]

    def _on_event(self, event: str) -> None:
        if event == "stage":
            self.stage_due = min(self.stage_due, time.monotonic() + random.uniform(0, HINT_SPREAD_S))

    def _look(self) -> None:
        """Keeps the stage fresh and the clock true."""
        self.stage_due = time.monotonic() + random.uniform(0, STAGE_EVERY_S)
        clock_due = time.monotonic() + random.uniform(0, CLOCK_EVERY_S)
        while True:
            gevent.sleep(random.uniform(0.5, 1.5))
            if time.monotonic() >= self.stage_due:
                self.stage_due = time.monotonic() + STAGE_EVERY_S
                self.visitor.get("stage", self.web, f"/api/v1/screens/{self.place.code}/stage")
            if time.monotonic() >= clock_due:
                clock_due = time.monotonic() + CLOCK_EVERY_S
                self._request_time()

    def _request_time(self) -> None:
        try:
            self.socket.emit("clock", {"t0": time.time() * 1000})
        except OSError:
            return  # its own greenlet connects again

    def send_claim(self, offer: str, headers: dict[str, str]) -> Answer:
        presence = token_at(self.place.presence_key, round(time.time() * 1000))
        body = {"screen": self.place.code, "presence": presence}
        return self.visitor.post("claim", self.web, f"/api/v1/offers/{offer}/claims", body, headers)

    def next_offer(self, world: World) -> tuple[int, str]:
        """One that this phone has not claimed, and whose it is; a new phone comes after the last."""
        if not self.offers:
            offers = [(merchant, offer) for merchant, each in enumerate(world.offers) for offer in each]
            self.offers, self.token = random.sample(offers, len(offers)), new_token()
        return self.offers.pop()


@dataclass
class Lobby:
    """All phones, and by merchant the coupons that wait to be used."""

    world: World
    phones: list[PhoneInLobby]
    answers: Answers

    def __post_init__(self) -> None:
        self.unused: list[deque[tuple[str, str]]] = [deque() for _ in self.world.tills]

    def claim(self) -> None:
        """One phone claims one offer, and repeats until it knows."""
        phone = random.choice(self.phones)
        (merchant, offer), key = phone.next_offer(self.world), new_id()
        headers = {"Cookie": f"{COOKIE}={phone.token}", "Idempotency-Key": key}
        answer = settle(lambda: phone.send_claim(offer, headers))
        if answer.status not in (CREATED, REPEATED):
            self.answers.refused_claims.add(key)
            return
        claimed = answer.json()
        self.answers.claims[key] = claimed["claim"]
        self.unused[merchant].append((claimed["claim"], claimed["code"]))


@dataclass
class Till:
    """One till of a merchant, which serves one customer after another."""

    lobby: Lobby
    merchant: int
    visitor: Visitor
    web: Address

    def redeem(self) -> None:
        """One coupon is used, and the till repeats until it knows."""
        unused, answers = self.lobby.unused[self.merchant], self.lobby.answers
        if not unused:
            return
        claim, code = unused.popleft()
        headers = {"Authorization": f"Bearer {self.lobby.world.tills[self.merchant]}", "Idempotency-Key": new_id()}
        body = {"code": code, "static_ok": True}
        answer = settle(lambda: self.visitor.post("redeem", self.web, "/api/v1/redemptions", body, headers))
        if answer.status == CREATED:
            answers.redemptions[claim] = answer.json()["redemption"]
        else:
            answers.refused_redemptions.add(claim)
