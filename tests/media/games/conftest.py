"""A game of 20 s that starts at 0: joined until 6 s, played until 16 s, its result shown until 20 s."""

from __future__ import annotations

import pytest

from media.games.phases import Phases, phases_of


@pytest.fixture
def phases() -> Phases:
    return phases_of(0, 20_000)
