"""An emergency in a race: the screen and the phones show it at once, and the race is settled all the same.

Covers: server.timelines.interrupts
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from server.creatives.notices import prepare_emergency
from server.db import reading, transaction, utc_now
from server.games.models import GameRound
from server.timelines.interrupts import lift_interrupt, raise_interrupt
from tests.journeys.games.test_game import set_up_race
from tests.rig.games import is_ready, join, phone_at, shows
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.vlc, pytest.mark.timeout(300)]

LENGTH_MS = 30_000
TEXT = "Please leave by the stairs."


@pytest.fixture
def lift(tmp_path: Path) -> Iterator[Lift]:
    with running_lift(tmp_path) as lift:
        yield lift


def test_an_emergency_takes_the_place_of_a_race_which_is_settled_all_the_same(lift: Lift, browser: Browser) -> None:
    emergency_id = prepare(lift)
    game_id, _offer_id = set_up_race(lift, length_ms=LENGTH_MS)
    phone = phone_at(browser, lift, lift.wait_for_item(game_id))
    joining = phone.locator("#game-line", has_text="Everybody here can play")
    expect(joining).to_be_visible()  # so that this game is open for a while
    join(phone)
    eventually(
        lambda: shows(lift.picture(), seat=0), within_s=30, what="the board with the phone's animal", every_s=0.2
    )
    with transaction(lift.house.engine) as db:
        raised = raise_interrupt(db, creative_id=emergency_id, everywhere=True, now=utc_now())
    lift.wait_for_item(emergency_id)
    assert not shows(lift.picture(), seat=0)
    expect(phone.get_by_text(TEXT).first).to_be_visible()
    expect(phone.locator("#game")).to_be_hidden()
    joined = eventually(lambda: settled(lift), within_s=90, what="the race to be settled")
    assert joined == [1]
    with transaction(lift.house.engine) as db:
        lift_interrupt(db, raised.id, by=None, now=utc_now())
    lift.wait_for_item(game_id)
    expect(phone.locator("#game")).to_be_visible()


def prepare(lift: Lift) -> str:
    with transaction(lift.house.engine) as db:
        id_ = prepare_emergency(db, text=TEXT, title="Emergency", language="en", by=None, now=utc_now()).id
    eventually(lambda: is_ready(lift, id_), within_s=90, what="the emergency's card", every_s=0.2)
    return id_


def settled(lift: Lift) -> list[int]:
    """How many phones had joined each round that is settled."""
    with reading(lift.house.engine) as db:
        return list(db.exec(select(GameRound.joined).where(col(GameRound.settled_at).is_not(None))))
