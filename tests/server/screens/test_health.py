"""Is a screen well: one that is dark in opening hours, without saying why, is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.screens.health import ScreenState, health_of
from server.screens.models import Player
from server.screens.opening import Opening
from tests.server.timelines.world import NOON

OPEN = Opening(since=NOON - timedelta(hours=5))
CLOSED = Opening(since=None, closed_until=NOON + timedelta(hours=1))
JUST_OPENED = Opening(since=NOON - timedelta(seconds=20))
WELL: dict[str, Any] = {"showing": "item-1", "clock_trusted": True, "override": None, "faults": []}


def a_player(seen_at: datetime = NOON, **status: Any) -> Player:
    return Player(
        hardware="box-1", token_hash="t" * 64, enrolled_at=NOON, seen_at=seen_at, held_version=1, status=WELL | status
    )


def troubles(player: Player, opening: Opening) -> list[str]:
    return [trouble.code for trouble in health_of(player, NOON, opening).troubles]


def test_a_screen_that_shows_something_is_well() -> None:
    assert health_of(a_player(), NOON, OPEN).state is ScreenState.WELL


def test_a_black_screen_is_never_well_in_opening_hours() -> None:
    assert health_of(a_player(showing=None), NOON, OPEN).state is ScreenState.TROUBLED
    assert troubles(a_player(showing=None), OPEN) == ["shows_nothing"]


@pytest.mark.parametrize("opening", [CLOSED, JUST_OPENED])
def test_a_screen_may_be_black_while_closed_and_right_after(opening: Opening) -> None:
    assert health_of(a_player(showing=None), NOON, opening).state is ScreenState.WELL


def test_the_players_own_reason_takes_precedence() -> None:
    nothing = {"starts_ms": 0, "item": None, "why": "there is no house content"}
    assert troubles(a_player(showing=None, override=nothing), OPEN) == ["nothing_to_show"]
    broken = [{"kind": "x_server", "why": "it is away"}]
    assert troubles(a_player(showing=None, faults=broken), OPEN) == ["x_server"]


def test_an_offline_player_has_no_trouble_about_a_black_screen() -> None:
    assert troubles(a_player(NOON - timedelta(hours=1), showing=None), OPEN) == ["last_seen"]
