"""A screen with its player, a campaign with one creative, and plays of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session

from media.store import MediaStore
from media.wire.plays import Play, PlayAnswer
from server.creatives.models import Creative
from server.db import new_id, to_ms
from server.screens.models import Player, Screen
from tests.factories import NOON, make_campaign, make_creative, make_player, make_screen
from tests.rig.players.planned import accept_batch, publish_turns

BEGAN_MS = to_ms(NOON) - 3_600_000

Accept = Callable[..., list[PlayAnswer]]


@pytest.fixture
def screen(db: Session) -> Screen:
    return make_screen(db)


@pytest.fixture
def player(db: Session, screen: Screen) -> Player:
    return make_player(db, screen=screen)


@pytest.fixture
def creative(db: Session) -> Creative:
    return make_creative(db)


@pytest.fixture
def play(db: Session, store: MediaStore, screen: Screen, creative: Creative) -> Callable[..., Play]:
    """Makes the nth ten-second spot of an hour ago, as it was planned, except for the given fields."""
    campaign = make_campaign(db, creatives=[creative], screens=[screen])
    publish_turns(db, store, screen, [f"{creative.id}-{campaign.id}"], at=NOON)

    def make(nth: int = 0, **more: Any) -> Play:
        starts = BEGAN_MS + nth * 10_000
        defaults = {
            "id": new_id(),
            "kind": "spot",
            "screen": screen.id,
            "starts_ms": starts,
            "item": f"{creative.id}-{campaign.id}",
            "campaign": campaign.id,
            "version": 1,
            "began_ms": starts + 5,
            "ended_ms": starts + 10_000,
            "result": "played",
        }
        return Play.model_validate({**defaults, **more})

    return make


@pytest.fixture
def accept(db: Session, store: MediaStore) -> Accept:
    return partial(accept_batch, db, store)
