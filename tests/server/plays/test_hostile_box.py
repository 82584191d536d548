"""Of a box's reports only plays that were planned on its screen count; those of an honest box always do.

Covers: server.plays.judge_batch, server.plays.uncounted
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from media.item_ids import campaign_of, creative_of
from media.store import MediaStore
from media.wire.plays import Play
from server.campaigns.models import CampaignState
from server.creatives.models import Creative
from server.db import new_id, reading, to_ms, transaction
from server.plays.judge import ON_TIME_MS
from server.plays.models import DeliveredDay, PlayRow, Uncounted, UncountedPlays
from server.plays.uncounted import STORED_MOST, count_uncounted, list_uncounted
from server.screens.models import Player, Screen
from server.screens.service import begin_service
from server.screens.venues import lock_screen
from tests.factories import NOON, make_campaign, make_creative, make_player, make_screen, make_venue
from tests.rig.players.planned import SLOT_MS, accept_batch, publish_spots

BEGAN_MS = to_ms(NOON) - 3_600_000
SPOTS = 12


@dataclass
class Network:
    """Two screens with a box each. A and B are booked on one of them each, and D is a draft."""

    engine: Engine
    store: MediaStore
    screens: list[Screen]
    boxes: list[Player]
    items: dict[str, str]

    def play(self, item: str, starts_ms: int, *, screen: int = 0, length_ms: int = 10_000, **more: Any) -> Play:
        facts = {"id": new_id(), "kind": "spot", "screen": self.screens[screen].id, "item": item, "version": 1}
        times = {"starts_ms": starts_ms, "began_ms": starts_ms, "ended_ms": starts_ms + length_ms, "result": "played"}
        return Play.model_validate({**facts, **times, "campaign": campaign_of(item), **more})

    def send(self, plays: Sequence[Play], *, box: int = 0, now: Any = NOON) -> list[str]:
        with transaction(self.engine) as db:
            answers = accept_batch(db, self.store, db.get_one(Player, self.boxes[box].id), plays, now=now)
        return [answer.status for answer in answers]

    def counted(self) -> dict[tuple[str, str], int]:
        """Counted plays by screen and campaign."""
        with reading(self.engine) as db:
            days = db.exec(select(DeliveredDay)).all()
        return dict(Counter({(day.screen_id, day.campaign_id): day.plays for day in days if day.plays}))

    def reasons(self) -> dict[str, int]:
        with reading(self.engine) as db:
            return {row.reason.value: row.plays for row in list_uncounted(db, now=NOON)}

    def forget(self) -> None:
        with transaction(self.engine) as db:
            for table in (PlayRow, DeliveredDay, UncountedPlays):
                db.exec(delete(table))


@pytest.fixture
def network(engine: Engine, store: MediaStore) -> Network:
    """The first screen has twelve spots of A of ten seconds, one after the other; the second one has B's."""
    with transaction(engine) as db:
        venue = make_venue(db)
        screens = [make_screen(db, venue=venue, name=name) for name in ("left", "right")]
        boxes = [make_player(db, screen=screen) for screen in screens]
        items = dict(_items(db))
        for screen, item in zip(screens, (items["A"], items["B"]), strict=True):
            publish_spots(db, store, screen, [(BEGAN_MS + nth * 10_000, item, 2) for nth in range(SPOTS)])
    return Network(engine, store, screens, boxes, items)


def _items(db: Session) -> Iterator[tuple[str, str]]:
    states = {"A": CampaignState.BOOKED, "B": CampaignState.BOOKED, "D": CampaignState.DRAFT}
    for name, state in states.items():
        creative = make_creative(db, length_ms=10_000)
        yield name, f"{creative.id}-{make_campaign(db, creatives=[creative], state=state).id}"


def swapped(network: Network) -> str:
    """The creative of one campaign under another."""
    return f"{creative_of(network.items['A'])}-{campaign_of(network.items['B'])}"


# --- what does not count


def test_a_thousand_spots_of_another_campaign_a_millisecond_apart_count_nothing(network: Network) -> None:
    batch = [network.play(network.items["B"], BEGAN_MS + nth) for nth in range(1000)]
    assert network.send(batch) == ["accepted"] * 1000
    assert network.counted() == {}
    assert network.reasons() == {"not_planned": 1000}
    with reading(network.engine) as db:
        assert db.exec(select(func.count()).where(col(PlayRow.uncounted) == Uncounted.NOT_PLANNED)).one() == 1000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"item": "B"}, "not_planned"),
        ({"item": "D"}, "not_planned"),
        ({"item": "swapped"}, "not_planned"),
        ({"item": "A", "shift_ms": 1}, "not_planned"),
        ({"item": "A", "shift_ms": SLOT_MS}, "not_planned"),
        ({"item": "A", "shift_ms": SPOTS * 10_000}, "not_planned"),
        ({"item": "A", "kind": "house"}, "not_planned"),
        ({"item": "A", "result": "failed"}, None),
        ({"item": "B", "result": "failed"}, "not_planned"),
        ({"item": "A", "late_ms": ON_TIME_MS + 1}, "off_time"),
        ({"item": "A", "late_ms": ON_TIME_MS}, None),
        ({"item": "A", "screen": 1}, "not_served"),
        ({"item": "A", "campaign": None}, "malformed"),
        ({"item": "0" * 26}, "unknown_item"),
    ],
)
def test_a_play_that_was_not_planned_is_noted_by_its_reason(
    network: Network, changes: dict[str, Any], reason: str | None
) -> None:
    changes = dict(changes)
    name, shift, late = changes.pop("item"), changes.pop("shift_ms", 0), changes.pop("late_ms", 0)
    item = swapped(network) if name == "swapped" else network.items.get(name, name)
    starts_ms = BEGAN_MS + shift
    times = {"began_ms": starts_ms + late, "ended_ms": starts_ms + late + 10_000}
    network.send([network.play(item, starts_ms, **times, **changes)])
    assert network.reasons() == ({reason: 1} if reason else {})
    with reading(network.engine) as db:
        days = [(day.plays, day.failed) for day in db.exec(select(DeliveredDay))]
    failed = changes.get("result") == "failed"
    assert days == ([] if reason else [(int(not failed), int(failed))])


def test_a_play_in_the_future_does_not_count_yet(network: Network) -> None:
    ahead = network.play(network.items["A"], BEGAN_MS + 10_000)
    assert network.send([ahead], now=NOON - timedelta(hours=1)) == ["refused"]
    assert network.counted() == network.reasons() == {}
    assert network.send([ahead]) == ["accepted"]
    assert sum(network.counted().values()) == 1


def test_spots_of_two_versions_that_overlap_count_once(network: Network) -> None:
    """A newer version has spots of five seconds more to the right: either may have been shown, but not both."""
    with transaction(network.engine) as db:
        spots = [(BEGAN_MS + 5_000 + nth * 10_000, network.items["B"], 2) for nth in range(SPOTS)]
        publish_spots(db, network.store, network.screens[0], spots, version=2)
    old = [network.play(network.items["A"], BEGAN_MS + nth * 10_000) for nth in range(SPOTS)]
    new = [network.play(network.items["B"], BEGAN_MS + 5_000 + nth * 10_000, version=2) for nth in range(SPOTS)]
    network.send([*old[:6], *new[8:]])
    network.send([*new, *old])
    assert sum(network.counted().values()) == SPOTS
    assert network.reasons() == {"overlap": 12}  # of 24 spots; the first ten of them were duplicates the second time


@pytest.mark.parametrize("versions", [(1, 2), (2, 1)])
def test_spots_that_overlap_count_once_in_whatever_order_they_are_sent_one_by_one(
    network: Network, versions: tuple[int, int]
) -> None:
    with transaction(network.engine) as db:
        publish_spots(db, network.store, network.screens[0], [(BEGAN_MS + 5_000, network.items["A"], 2)], version=2)
    for version in versions:
        network.send([network.play(network.items["A"], BEGAN_MS + (version - 1) * 5_000, version=version)])
    assert sum(network.counted().values()) == 1
    assert network.reasons() == {"overlap": 1}


def test_a_box_that_invents_without_end_is_not_stored_without_end(network: Network) -> None:
    with transaction(network.engine) as db:
        facts = {"player_id": network.boxes[0].id, "on": NOON.date(), "reason": Uncounted.NOT_PLANNED}
        db.add(UncountedPlays(**facts, plays=STORED_MOST, first_at=NOON, last_at=NOON))
    invented, honest = network.play(network.items["B"], BEGAN_MS), network.play(network.items["A"], BEGAN_MS)
    assert network.send([invented, honest]) == ["refused", "accepted"]
    assert network.reasons()["too_many"] == 1


@pytest.fixture
def twice_planned(network: Network) -> Network:
    """A second version has A's spots five seconds later."""
    spots = [(BEGAN_MS + nth * 10_000 + SLOT_MS, network.items["A"], 2) for nth in range(SPOTS)]
    with transaction(network.engine) as db:
        publish_spots(db, network.store, network.screens[0], spots, version=2)
    return network


# Half of what is sent could count: the more of it overlaps, the more there is to get wrong.
HOSTILE = st.fixed_dictionaries(
    {
        "item": st.sampled_from(["A", "A", "A", "A", "A", "B", "D", "swapped"]),
        "screen": st.sampled_from([0, 0, 0, 0, 0, 1]),
        "kind": st.sampled_from(["spot", "spot", "spot", "spot", "house", "interrupt"]),
        "version": st.integers(0, 4),
        "nth": st.one_of(st.integers(0, 3), st.sampled_from([-1, SPOTS - 1, SPOTS, 400])),
        "shift_ms": st.sampled_from([0, 0, 0, SLOT_MS, SLOT_MS, SLOT_MS, 1, -1]),
        "length_ms": st.sampled_from([10_000, 10_000, 10_000, 10_000, 5_000, 60_000]),
        "result": st.sampled_from(["played", "played", "played", "failed"]),
        "again": st.booleans(),
    }
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(HOSTILE, max_size=8), max_size=6))
def test_whatever_a_box_sends_no_more_counts_than_was_planned_for_its_screen(
    twice_planned: Network, batches: list[list[dict[str, Any]]]
) -> None:
    network = twice_planned
    network.forget()
    other = network.play(network.items["B"], BEGAN_MS, screen=1)
    network.send([other], box=1)
    sent: list[Play] = []
    for batch in batches:
        plays = [_hostile(network, dict(wish)) for wish in batch]
        sent += [play for play, wish in zip(plays, batch, strict=True) if wish["again"]]
        network.send([*plays, *sent])
    left, right = (screen.id for screen in network.screens)
    counted = network.counted()
    assert counted.pop((right, campaign_of(network.items["B"]))) == 1
    assert counted.keys() <= {(left, campaign_of(network.items["A"]))}
    with reading(network.engine) as db:
        by_rows = select(PlayRow.starts_ms).where(PlayRow.screen_id == left, col(PlayRow.counts_for).is_not(None))
        starts = sorted(db.exec(by_rows))
    assert len(starts) == sum(counted.values())
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(starts))


def _hostile(network: Network, wish: dict[str, Any]) -> Play:
    wish.pop("again")
    name, nth, shift_ms = wish.pop("item"), wish.pop("nth"), wish.pop("shift_ms")
    item = swapped(network) if name == "swapped" else network.items[name]
    return network.play(item, BEGAN_MS + nth * 10_000 + shift_ms, **wish)


# --- what an honest box shows


def test_a_spot_counts_by_any_version_that_the_box_may_have_held(network: Network) -> None:
    """Offline since its first version, or after its server was restored and numbers versions anew."""
    with transaction(network.engine) as db:
        publish_spots(db, network.store, network.screens[0], [(BEGAN_MS, network.items["B"], 2)], version=2)
    later = NOON + timedelta(days=29)
    for nth, version in enumerate((1, 2, 9)):
        network.send([network.play(network.items["A"], BEGAN_MS + nth * 10_000, version=version)], now=later)
    assert network.counted() == {(network.screens[0].id, campaign_of(network.items["A"])): 3}


def test_a_box_that_was_moved_or_whose_screen_was_retired_still_reports_what_it_showed(network: Network) -> None:
    with transaction(network.engine) as db:
        begin_service(db, network.boxes[0], lock_screen(db, make_screen(db).id), now=NOON - timedelta(minutes=50))
        db.get_one(Screen, network.screens[0].id).retired_at = NOON - timedelta(minutes=50)
    network.send([network.play(network.items["A"], BEGAN_MS + nth * 10_000) for nth in range(SPOTS)])
    assert sum(network.counted().values()) == SPOTS


@pytest.mark.parametrize("late_ms", [-400, 0, 400, 5_500])
def test_a_display_that_is_early_or_late_counts(network: Network, late_ms: int) -> None:
    plays = [network.play(network.items["A"], BEGAN_MS + nth * 10_000) for nth in range(SPOTS)]
    shifted = [
        play.model_copy(update={"began_ms": play.began_ms + late_ms, "ended_ms": play.ended_ms + late_ms})
        for play in plays
    ]
    network.send(shifted)
    assert sum(network.counted().values()) == SPOTS
    assert network.reasons() == {}


@pytest.mark.parametrize("length_ms", [4_000, 30_000])
def test_a_play_before_its_file_was_replaced_counts_by_its_own_length(network: Network, length_ms: int) -> None:
    with transaction(network.engine) as db:
        db.get_one(Creative, creative_of(network.items["A"])).length_ms = length_ms
    network.send([network.play(network.items["A"], BEGAN_MS)])
    assert sum(network.counted().values()) == 1


def test_house_content_and_emergencies_are_stored_without_a_reason(network: Network) -> None:
    house = creative_of(network.items["A"])
    network.send([network.play(house, BEGAN_MS + 3, kind=kind) for kind in ("house", "interrupt")])
    assert (network.counted(), network.reasons()) == ({}, {})


# --- what the operator sees


def test_the_list_names_screen_box_reason_and_since_when(network: Network) -> None:
    for minutes in (0, 30):
        network.send([network.play(network.items["B"], BEGAN_MS)], now=NOON + timedelta(minutes=minutes))
    with reading(network.engine) as db:
        (row,) = list_uncounted(db, now=NOON + timedelta(hours=1))
        assert count_uncounted(db, now=NOON + timedelta(hours=1), since=timedelta(days=1)) == 2
        assert list_uncounted(db, now=NOON + timedelta(days=31)) == []
    assert row.place is not None
    assert (row.place[0].name, row.hardware, row.plays) == ("left", network.boxes[0].hardware, 2)
    assert (row.first_at, row.last_at) == (NOON, NOON + timedelta(minutes=30))
