"""Answers of the availability service about flights, from bookings and holds in the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from server.availability import snapshot_cache
from server.availability.flight import FlightTooLong
from server.availability.server import AvailabilityService
from server.campaigns.availability_messages import AvailabilityAnswer, AvailabilityQuery
from server.campaigns.forms import BookingForm
from server.campaigns.holds import hold_draft
from server.campaigns.models import CampaignState
from server.db import transaction
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.model.network import NetworkDay
from server.screens.replan import bump_revision
from server.settings import Settings
from tests.factories import make_advertiser, make_campaign, make_creative, make_screen, make_venue

NOW = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
MONDAY = date(2026, 3, 2)
# Ten hours of 10 s spots, a tenth of them the venue's own, and a second of something else after each.
HOURS = {str(day): [[480, 1080]] for day in range(7)}
PLAYS_A_DAY = 3240

Query = Callable[..., AvailabilityAnswer]


@pytest.fixture
def ids(engine: Engine) -> dict[str, str]:
    with transaction(engine) as db:
        venue = make_venue(db, zone="UTC", hours=HOURS)
        screen = make_screen(db, venue=venue)
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
        return {"screen": screen.id, "advertiser": advertiser.id, "creative": creative.id}


@pytest.fixture
def service(engine: Engine, settings: Settings) -> AvailabilityService:
    apart = {"apart_creative_s": 0, "apart_advertiser_s": 0}
    return AvailabilityService(engine, settings.model_copy(update={"slot_ms": 10_000, **apart}))


def form(ids: dict[str, str], **more: Any) -> BookingForm:
    plain = {
        "name": "Spring",
        "advertiser_id": ids["advertiser"],
        "creatives": [{"creative_id": ids["creative"]}],
        "starts_on": MONDAY,
        "ends_on": MONDAY,
        "targets": [{"kind": "all"}],
        "goal_kind": "plays",
        "goal": 1000,
    }
    return BookingForm.model_validate({**plain, **more})


@pytest.fixture
def query(service: AvailabilityService, ids: dict[str, str]) -> Query:
    def answer(*, now: datetime = NOW, instead_of: str | None = None, **more: Any) -> AvailabilityAnswer:
        return service.answer(AvailabilityQuery(form=form(ids, **more), instead_of=instead_of, newest=True), now=now)

    return answer


def book(engine: Engine, ids: dict[str, str], **more: Any) -> str:
    """A campaign of another advertiser, booked."""
    with transaction(engine) as db:
        values = {"goal_kind": "plays", "goal": 1000, "starts_on": MONDAY, "ends_on": MONDAY, **more}
        creative = make_creative(db)
        campaign = make_campaign(db, creatives=[creative], **{"booked_at": NOW, **values})
        bump_revision(db)
        return campaign.id


def test_all_time_but_the_venue_s_own_part_is_free(query: Query) -> None:
    answer = query(goal=5000)
    assert (answer.screens, answer.free, answer.fits, answer.exact) == (1, PLAYS_A_DAY, False, True)
    assert (answer.nearest, answer.nearest_end) == (PLAYS_A_DAY, date(2026, 3, 3))
    assert query(goal=PLAYS_A_DAY).fits


def test_no_later_day_is_allotted_for_an_impossible_goal(query: Query, service: AvailabilityService) -> None:
    answer = query(goal=10**9)
    assert (answer.free, answer.nearest, answer.nearest_end) == (PLAYS_A_DAY, PLAYS_A_DAY, None)
    assert service.snapshots.newest is not None
    assert list(service.snapshots.newest.days) == [MONDAY]


def test_booked_plays_are_not_free_and_preemptible_ones_are(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal=1000)
    book(engine, ids, goal=500, preemptible=True)
    assert query(goal=5000).free == PLAYS_A_DAY - 1000
    assert query(goal=5000, preemptible=True).fits


def test_a_share_is_limited_by_the_day_with_the_least(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal_kind="share", goal=60, starts_on=date(2026, 3, 4), ends_on=date(2026, 3, 4))
    answer = query(goal_kind="share", goal=50, ends_on=date(2026, 3, 6))
    assert (answer.fits, answer.nearest, answer.tight_on) == (False, 30, date(2026, 3, 4))
    assert query(goal_kind="share", goal=30, ends_on=date(2026, 3, 6)).fits
    assert not query(goal_kind="takeover", goal=1, ends_on=date(2026, 3, 6)).fits
    assert query(goal_kind="takeover", goal=1, ends_on=date(2026, 3, 3)).fits


def test_plays_a_day_are_counted_for_each_screen(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal=3000)
    answer = query(goal_kind="plays_per_day", goal=300)
    assert (answer.fits, answer.nearest, answer.exact) == (False, 240, True)


def test_days_beyond_the_window_count_the_bookings_of_those_days(
    query: Query, engine: Engine, ids: dict[str, str]
) -> None:
    far = MONDAY + timedelta(days=70)
    book(engine, ids, goal_kind="share", goal=50, starts_on=far, ends_on=far + timedelta(days=1))
    answer = query(goal=20_000, starts_on=far, ends_on=far + timedelta(days=2))
    assert answer.free == PLAYS_A_DAY * 3 - 2 * 1800
    assert query(goal=20_000, ends_on=MONDAY).free == PLAYS_A_DAY


def test_a_changed_campaign_s_own_plays_count_as_free(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    campaign = book(engine, ids, goal=3000)
    assert query(goal=3200, instead_of=campaign).fits
    assert not query(goal=3200).fits


def test_only_the_rest_of_today_is_free_today(query: Query) -> None:
    assert query(goal=5000, now=NOW + timedelta(hours=13)).free == PLAYS_A_DAY // 2


def test_a_hold_takes_capacity_until_it_lapses(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
        draft = make_campaign(
            db, advertiser=advertiser, creatives=[creative], state=CampaignState.DRAFT, goal_kind="plays", goal=1000,
            starts_on=MONDAY, ends_on=MONDAY + timedelta(days=5),
        )  # fmt: skip
        hold_draft(db, draft.id, hours=6, by=None, now=NOW)
        bump_revision(db)
    assert query(goal=9000, ends_on=MONDAY + timedelta(days=1)).free < PLAYS_A_DAY * 2
    later = query(goal=9000, ends_on=MONDAY + timedelta(days=1), now=NOW + timedelta(hours=7))
    assert later.free == PLAYS_A_DAY * 2
    assert query(goal=PLAYS_A_DAY, instead_of=draft.id).fits


def test_an_answer_names_the_revision_at_which_it_is_true(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    before = query().revision
    book(engine, ids)
    assert query().revision == before + 1


def test_a_query_that_accepts_an_older_state_is_answered_at_once(
    service: AvailabilityService, engine: Engine, ids: dict[str, str]
) -> None:
    assert service.snapshots.refresh(now=NOW)
    assert not service.snapshots.refresh(now=NOW)
    book(engine, ids, goal=1000)
    query = AvailabilityQuery(form=form(ids, goal=5000))
    assert service.answer(query, now=NOW).free == PLAYS_A_DAY
    assert service.answer(query.model_copy(update={"newest": True}), now=NOW).free == PLAYS_A_DAY - 1000
    assert service.snapshots.refresh(now=NOW)
    assert service.answer(query, now=NOW).free == PLAYS_A_DAY - 1000


def test_a_query_that_accepts_an_older_state_does_not_wait_for_the_allotment(
    service: AvailabilityService, engine: Engine, ids: dict[str, str]
) -> None:
    service.snapshots.refresh(now=NOW)
    book(engine, ids)
    with service.turn, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(service.answer, AvailabilityQuery(form=form(ids, goal=5000)), now=NOW).result(timeout=30)
    assert answer.free == PLAYS_A_DAY


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


def test_a_share_may_have_no_end_in_sight(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    """Far days are looked at only where something changes."""
    far = date(2031, 5, 7)
    book(engine, ids, goal_kind="share", goal=60, starts_on=far, ends_on=far + timedelta(days=1))
    answer = query(goal_kind="share", goal=50, ends_on=date(9999, 12, 31))
    assert (answer.fits, answer.nearest, answer.tight_on) == (False, 30, far)
    assert query(goal_kind="share", goal=50, starts_on=far + timedelta(days=2), ends_on=date(9999, 12, 31)).fits
    with pytest.raises(FlightTooLong):
        query(ends_on=date(9999, 12, 31))


def test_a_flight_may_be_a_year(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    answer = query(goal=365 * PLAYS_A_DAY, ends_on=MONDAY + timedelta(days=364))
    assert answer.fits
    assert not query(goal=366 * PLAYS_A_DAY, ends_on=MONDAY + timedelta(days=364)).fits
