"""A screen, and a race of 20 s on it that starts at noon: played from 6 s, its result from 16 s on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from media.wire.games import Phrase, PrizeFor
from server.coupons.codes.derive import CouponKeys, coupon_keys
from server.coupons.models import Offer, Phone
from server.creatives.games import GameDesign
from server.db import transaction
from server.games.rounds import Spot
from tests.factories import NOON, make_creative, make_offer, make_screen, saved

DESIGN = GameDesign(call=Phrase(zh="面馆赛跑"), prize_for=PrizeFor.FIRST, prizes=1)


@pytest.fixture
def keys() -> CouponKeys:
    return coupon_keys("k" * 64)


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, stock=1, presence=True)


@pytest.fixture
def spot(engine: Engine, offer: Offer) -> Spot:
    with transaction(engine) as db:
        game = DESIGN.model_dump(mode="json")
        creative = make_creative(db, kind="game", length_ms=20_000, game=game, offer_id=offer.id)
        return Spot(make_screen(db).id, NOON, 20_000, creative.id, None)


@pytest.fixture
def phones(engine: Engine) -> list[str]:
    """The ids of three phones."""
    with transaction(engine) as db:
        return [saved(db, Phone(token_hash=f"{n}" * 64, created_at=NOON)).id for n in range(3)]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)
