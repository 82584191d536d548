from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from media.wire.leases import HandOut, HandOutAnswer, LeaseRequest
from server.coupons.caps import caps_for
from server.coupons.leases.hand_outs import accept_hand_outs
from server.coupons.leases.renew import Renewal, renew_leases
from server.coupons.models import LeasedClaim, LeasedState, Offer
from server.db import to_ms
from server.screens.models import Player, Screen
from tests.factories import make_player, make_screen
from tests.server.coupons.conftest import KEYS

CAPS = caps_for(40)


class Box:
    """A box: it holds claims, hands them out, reports and renews."""

    def __init__(self, db: Session, screen: Screen, now: datetime, player: Player | None = None) -> None:
        self.db, self.screen, self.now = db, screen, now
        self.player = player or make_player(db, screen=screen)
        self.unused: list[str] = []
        self.returned: list[str] = []
        self.handed_out: list[HandOut] = []

    def renew(self, *offers: Offer, at: datetime | None = None, **more: Any) -> Renewal:
        renewal = self.request(*offers, at=at, **more)
        self.unused += [claim.id for renewed in renewal.leases for claim in renewed.claims]
        given = {out.claim for out in self.handed_out}
        self.returned = [id_ for id_ in renewal.give_back if id_ not in given]
        self.unused = [id_ for id_ in self.unused if id_ not in renewal.give_back]
        return renewal

    def request(self, *offers: Offer, at: datetime | None = None, **more: Any) -> Renewal:
        """A renewal whose answer is lost."""
        request = LeaseRequest(holds=tuple(self.unused), returned=tuple(self.returned))
        given = {"screen_id": self.screen.id, "keys": KEYS, "now": at or self.now, **more}
        return renew_leases(self.db, self.player, request, offer_ids=[offer.id for offer in offers], **given)

    def hand_out(self, phone: str = "phone", *, key: str = "", at: datetime | None = None, nth: int = 0) -> HandOut:
        """Gives its oldest claim to the phone with this token."""
        at = at or self.now
        out = HandOut(
            claim=self.unused.pop(nth),
            phone=hash_of(phone),
            key=key,
            screen=self.screen.id,
            claimed_ms=to_ms(at),
            expires_ms=to_ms(at + timedelta(days=1)),
        )
        self.handed_out.append(out)
        return out

    def report(self, *hand_outs: HandOut, at: datetime | None = None) -> list[HandOutAnswer]:
        sent: Sequence[HandOut] = hand_outs or self.handed_out
        return accept_hand_outs(self.db, self.player, sent, caps=CAPS, now=at or self.now)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def leased(db: Session, state: LeasedState = LeasedState.LEASED) -> list[LeasedClaim]:
    return list(db.exec(select(LeasedClaim).where(LeasedClaim.state == state).order_by(LeasedClaim.id)))


def stock_left(db: Session, offer: Offer) -> int:
    db.expire(offer)
    return offer.stock_left


@pytest.fixture
def box(db: Session, screen: Screen, now: datetime) -> Box:
    return Box(db, screen, now)


@pytest.fixture
def another_box(db: Session, now: datetime) -> Callable[[], Box]:
    return lambda: Box(db, make_screen(db), now)
