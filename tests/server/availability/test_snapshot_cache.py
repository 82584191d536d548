"""Snapshots of the network: shared by the days that are alike, and planned again where something changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from server.availability import snapshot_cache
from server.availability.server import AvailabilityService
from server.availability.snapshot_cache import PLAYS_COUNTED_FOR_S, SnapshotCache
from server.db import transaction
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.model.network import NetworkDay
from server.screens.replan import bump_revision
from server.settings import Settings
from tests.server.availability.conftest import MONDAY, NOW, Query, book


def test_a_far_day_that_is_like_one_of_the_window_is_not_allotted(
    query: Query, engine: Engine, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the other campaign ends: from then on each weekday is allotted once."""
    book(engine, ids, goal_kind="share", goal=50, ends_on=MONDAY + timedelta(days=40))
    allotted: list[NetworkDay] = []
    real = snapshot_cache._allotted

    def counted(day: NetworkDay) -> NetworkPlan:
        allotted.append(day)
        return real(day)

    monkeypatch.setattr(snapshot_cache, "_allotted", counted)
    flight = {"goal_kind": "share", "goal": 30, "ends_on": MONDAY + timedelta(days=40)}
    assert query(**flight).fits
    assert allotted == []
    assert query(**{**flight, "ends_on": MONDAY + timedelta(days=60)}).fits
    assert len(allotted) == 7


def test_a_day_whose_input_did_not_change_keeps_its_plan(
    service: AvailabilityService, engine: Engine, ids: dict[str, str]
) -> None:
    service.snapshots.refresh(now=NOW)
    before = service.snapshots.snapshot(newest=True, now=NOW)
    book(engine, ids, starts_on=MONDAY + timedelta(days=3), ends_on=MONDAY + timedelta(days=3))
    after = service.snapshots.snapshot(newest=True, now=NOW)
    for n in range(6):
        on = MONDAY + timedelta(days=n)
        assert (after.plan_on(on) is before.plan_on(on)) == (n != 3)


def test_a_snapshot_is_read_again_when_the_network_its_holds_or_its_plays_may_have_changed(
    service: AvailabilityService, engine: Engine, ids: dict[str, str]
) -> None:
    cache = service.snapshots
    first = cache.snapshot(newest=True, now=NOW)
    assert cache.snapshot(newest=True, now=NOW + timedelta(seconds=PLAYS_COUNTED_FOR_S - 1)) is first
    counted_again = cache.snapshot(newest=True, now=NOW + timedelta(seconds=PLAYS_COUNTED_FOR_S))
    assert counted_again is not first
    with transaction(engine) as db:
        bump_revision(db)
    assert cache.snapshot(newest=True, now=NOW + timedelta(seconds=PLAYS_COUNTED_FOR_S)) is not counted_again


def test_a_network_without_screens_has_a_window_from_today_on(engine: Engine, settings: Settings) -> None:
    snapshot = SnapshotCache(engine, settings).snapshot(newest=False, now=NOW)
    snapshot.allot_window()
    assert (snapshot.first, len(snapshot.days)) == (MONDAY, settings.days_ahead + 1)
    assert list(snapshot.plan_on(date(9999, 12, 31)).market.day.places) == []
