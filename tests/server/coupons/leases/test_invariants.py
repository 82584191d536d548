"""In every order of leasing, handing out, reporting, redeeming, returning and expiring claims, a piece is in
the stock, leased or claimed; none is lost, none is there twice, and no claim is used twice.

Covers: server.coupons.leases.expire, server.coupons.leases.hand_outs, server.coupons.leases.renew
Covers: server.coupons.leases.stock, server.coupons.redeem
"""

from __future__ import annotations

from collections import Counter
from copy import copy
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from media.wire.leases import HandOut
from server.coupons.claims import claim_offer
from server.coupons.codes.read import read_shown
from server.coupons.leases.expire import expire_leases
from server.coupons.models import Claim, Offer, Redemption
from server.coupons.offers import pause_offer, resume_offer
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.wallet import copy_of
from server.db import new_id
from server.errors import LiftcastError
from tests.factories import make_screen
from tests.server.coupons.conftest import KEYS, a_phone
from tests.server.coupons.leases.conftest import Box, leased, stock_left

STEPS, STOCK, PHONES = 80, 30, 6
OWNER = Till(merchant_id=None)


class Days:
    """Some boxes, one of which has a copy, some phones and a till, in an order that chance decides."""

    def __init__(self, db: Session, offer: Offer, boxes: list[Box], chance: Random, now: datetime) -> None:
        self.db, self.offer, self.boxes, self.chance, self.now = db, offer, boxes, chance, now
        self.kept: set[str] = set()  # claims that the server has accepted for a phone

    def step(self) -> None:
        does = self.chance.choice(
            [self.renew, self.renew_without_answer, self.hand_out, self.hand_out, self.report, self.report_some,
             self.redeem, self.claim, self.pause, self.resume, self.wait, self.make_copy]
        )  # fmt: skip
        try:
            with self.db.begin_nested():
                does()
        except LiftcastError:
            pass

    def renew(self) -> None:
        self.chance.choice(self.boxes).renew(self.offer, at=self.now)

    def renew_without_answer(self) -> None:
        self.chance.choice(self.boxes).request(self.offer, at=self.now)

    def hand_out(self) -> None:
        box = self.chance.choice(self.boxes)
        if box.unused:
            phone, key = f"phone {self.chance.randrange(PHONES)}", f"key {self.chance.randrange(40)}"
            box.hand_out(phone, key=key, at=self.now, nth=self.chance.randrange(len(box.unused)))

    def report(self) -> None:
        box = self.chance.choice(self.boxes)
        self._report(box, box.handed_out)

    def report_some(self) -> None:
        """Repeated and reordered."""
        box = self.chance.choice(self.boxes)
        if box.handed_out:
            self._report(box, self.chance.choices(box.handed_out, k=4))

    def _report(self, box: Box, hand_outs: list[HandOut]) -> None:
        if hand_outs:
            answers = box.report(*hand_outs, at=self.now)
            self.kept |= {answer.claim for answer in answers if answer.status == "accepted"}

    def redeem(self) -> None:
        handed_out = [out.claim for box in self.boxes for out in box.handed_out]
        if handed_out:
            shown = copy_of(Claim(id=self.chance.choice(handed_out), epoch=0), KEYS, self.now)
            redeem_claim(self.db, read_shown(shown.qr), till=OWNER, keys=KEYS, now=self.now)

    def claim(self) -> None:
        phone = a_phone(self.db, self.now)
        wish: dict[str, Any] = {"presence": "", "idempotency_key": new_id(), "screen_id": None}
        claim_offer(self.db, self.offer.id, phone=phone, keys=KEYS, now=self.now, **wish)

    def pause(self) -> None:
        pause_offer(self.db, self.offer.id, now=self.now)

    def resume(self) -> None:
        resume_offer(self.db, self.offer.id, now=self.now)

    def wait(self) -> None:
        self.now += timedelta(hours=self.chance.choice([1, 12, 24 * 7]))
        expire_leases(self.db, now=self.now)

    def make_copy(self) -> None:
        if len(self.boxes) < 4:
            twin = copy(self.chance.choice(self.boxes))
            twin.unused, twin.returned, twin.handed_out = [*twin.unused], [*twin.returned], [*twin.handed_out]
            self.boxes.append(twin)

    def check(self) -> None:
        claims = {claim.id: claim for claim in self.db.exec(select(Claim).execution_options(populate_existing=True))}
        assert stock_left(self.db, self.offer) + len(leased(self.db)) + len(claims) == STOCK
        assert self.kept <= claims.keys()
        uses = Counter(self.db.exec(select(Redemption.claim_id)).all())
        assert max(uses.values(), default=0) <= 1
        assert {id_ for id_, claim in claims.items() if claim.redeemed_at} == uses.keys()


@pytest.mark.parametrize("seed", range(4))
def test_no_order_of_events_loses_or_doubles_a_piece(db: Session, offered: Any, now: datetime, seed: int) -> None:
    offer = offered(stock=STOCK, per_phone=2)
    days = Days(db, offer, [Box(db, make_screen(db), now) for _ in range(2)], Random(seed), now)
    for _ in range(STEPS):
        days.step()
        days.check()


def test_when_all_has_ended_every_piece_is_claimed_or_in_the_stock(db: Session, offered: Any, now: datetime) -> None:
    offer = offered(stock=STOCK, per_phone=2)
    days = Days(db, offer, [Box(db, make_screen(db), now) for _ in range(2)], Random(7), now)
    for _ in range(STEPS):
        days.step()
    expire_leases(db, now=days.now + timedelta(days=60))
    claimed = db.exec(select(func.count()).select_from(Claim).where(col(Claim.offer_id) == offer.id)).one()
    assert (leased(db), stock_left(db, offer)) == ([], STOCK - claimed)
