"""The desk's answers about flights, from what is booked and held in the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from server.availability import snapshot_cache
from server.availability.flight import FlightTooLong
from server.availability.serve import Desk
from server.campaigns.availability_messages import Answer, Ask
from server.campaigns.forms import BookingForm
from server.campaigns.holds import hold_draft
from server.campaigns.models import CampaignState
from server.db import transaction
from server.planner.allocate.places import NetworkPlan
from server.planner.model.network import NetworkDay
from server.screens.replan import bump_revision
from server.settings import Settings
from tests.factories import make_advertiser, make_campaign, make_creative, make_screen, make_venue

NOW = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
MONDAY = date(2026, 3, 2)
# Ten hours of 10 s spots, a tenth of them the venue's own, and a second of something else after each.
HOURS = {str(day): [[480, 1080]] for day in range(7)}
PLAYS_A_DAY = 3240

Asking = Callable[..., Answer]


@pytest.fixture
def ids(engine: Engine) -> dict[str, str]:
    with transaction(engine) as db:
        venue = make_venue(db, zone="UTC", hours=HOURS)
        screen = make_screen(db, venue=venue)
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
        return {"screen": screen.id, "advertiser": advertiser.id, "creative": creative.id}


@pytest.fixture
def desk(engine: Engine, settings: Settings) -> Desk:
    apart = {"apart_creative_s": 0, "apart_advertiser_s": 0}
    return Desk(engine, settings.model_copy(update={"slot_ms": 10_000, **apart}))


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
def ask(desk: Desk, ids: dict[str, str]) -> Asking:
    def asked(*, now: datetime = NOW, instead_of: str | None = None, **more: Any) -> Answer:
        return desk.answer(Ask(form=form(ids, **more), instead_of=instead_of, newest=True), now=now)

    return asked


def book(engine: Engine, ids: dict[str, str], **more: Any) -> str:
    """A campaign of another advertiser, booked."""
    with transaction(engine) as db:
        values = {"goal_kind": "plays", "goal": 1000, "starts_on": MONDAY, "ends_on": MONDAY, **more}
        creative = make_creative(db)
        campaign = make_campaign(db, creatives=[creative], **{"booked_at": NOW, **values})
        bump_revision(db)
        return campaign.id


def test_all_that_the_venue_does_not_keep_is_free(ask: Asking) -> None:
    answer = ask(goal=5000)
    assert (answer.screens, answer.free, answer.fits, answer.exact) == (1, PLAYS_A_DAY, False, True)
    assert (answer.nearest, answer.nearest_end) == (PLAYS_A_DAY, date(2026, 3, 3))
    assert ask(goal=PLAYS_A_DAY).fits


def test_for_what_no_day_could_ever_give_no_later_day_is_allotted(ask: Asking, desk: Desk) -> None:
    answer = ask(goal=10**9)
    assert (answer.free, answer.nearest, answer.nearest_end) == (PLAYS_A_DAY, PLAYS_A_DAY, None)
    assert desk.snapshots.newest is not None
    assert list(desk.snapshots.newest.days) == [MONDAY]


def test_what_is_booked_is_taken_and_what_gives_way_is_not(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal=1000)
    book(engine, ids, goal=500, preemptible=True)
    assert ask(goal=5000).free == PLAYS_A_DAY - 1000
    assert ask(goal=5000, preemptible=True).fits


def test_a_share_is_measured_by_the_day_that_has_least(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal_kind="share", goal=60, starts_on=date(2026, 3, 4), ends_on=date(2026, 3, 4))
    answer = ask(goal_kind="share", goal=50, ends_on=date(2026, 3, 6))
    assert (answer.fits, answer.nearest, answer.tight_on) == (False, 30, date(2026, 3, 4))
    assert ask(goal_kind="share", goal=30, ends_on=date(2026, 3, 6)).fits
    assert not ask(goal_kind="takeover", goal=1, ends_on=date(2026, 3, 6)).fits
    assert ask(goal_kind="takeover", goal=1, ends_on=date(2026, 3, 3)).fits


def test_plays_a_day_are_told_by_the_screen(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal=3000)
    answer = ask(goal_kind="plays_per_day", goal=300)
    assert (answer.fits, answer.nearest, answer.exact) == (False, 240, True)


def test_days_beyond_the_window_are_answered_from_what_is_booked_for_them(
    ask: Asking, engine: Engine, ids: dict[str, str]
) -> None:
    far = MONDAY + timedelta(days=70)
    book(engine, ids, goal_kind="share", goal=50, starts_on=far, ends_on=far + timedelta(days=1))
    answer = ask(goal=20_000, starts_on=far, ends_on=far + timedelta(days=2))
    assert answer.free == PLAYS_A_DAY * 3 - 2 * 1800
    assert ask(goal=20_000, ends_on=MONDAY).free == PLAYS_A_DAY


def test_a_change_is_asked_instead_of_what_it_changes(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    campaign = book(engine, ids, goal=3000)
    assert ask(goal=3200, instead_of=campaign).fits
    assert not ask(goal=3200).fits


def test_what_is_left_of_today_is_all_that_today_has(ask: Asking) -> None:
    assert ask(goal=5000, now=NOW + timedelta(hours=13)).free == PLAYS_A_DAY // 2


def test_a_hold_takes_room_until_it_lapses(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
        draft = make_campaign(
            db, advertiser=advertiser, creatives=[creative], state=CampaignState.DRAFT, goal_kind="plays", goal=1000,
            starts_on=MONDAY, ends_on=MONDAY + timedelta(days=5),
        )  # fmt: skip
        hold_draft(db, draft.id, hours=6, by=None, now=NOW)
        bump_revision(db)
    assert ask(goal=9000, ends_on=MONDAY + timedelta(days=1)).free < PLAYS_A_DAY * 2
    later = ask(goal=9000, ends_on=MONDAY + timedelta(days=1), now=NOW + timedelta(hours=7))
    assert later.free == PLAYS_A_DAY * 2
    assert ask(goal=PLAYS_A_DAY, instead_of=draft.id).fits


def test_an_answer_names_the_revision_at_which_it_is_true(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    before = ask().revision
    book(engine, ids)
    assert ask().revision == before + 1


def test_what_was_known_a_moment_ago_is_told_at_once(desk: Desk, engine: Engine, ids: dict[str, str]) -> None:
    assert desk.snapshots.keep_warm(now=NOW)
    assert not desk.snapshots.keep_warm(now=NOW)
    book(engine, ids, goal=1000)
    asked = Ask(form=form(ids, goal=5000))
    assert desk.answer(asked, now=NOW).free == PLAYS_A_DAY
    assert desk.answer(asked.model_copy(update={"newest": True}), now=NOW).free == PLAYS_A_DAY - 1000
    assert desk.snapshots.keep_warm(now=NOW)
    assert desk.answer(asked, now=NOW).free == PLAYS_A_DAY - 1000


def test_who_asks_what_was_known_does_not_wait_for_days_that_are_allotted(
    desk: Desk, engine: Engine, ids: dict[str, str]
) -> None:
    desk.snapshots.keep_warm(now=NOW)
    book(engine, ids)
    with desk.turn, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(desk.answer, Ask(form=form(ids, goal=5000)), now=NOW).result(timeout=30)
    assert answer.free == PLAYS_A_DAY


def test_a_far_day_that_is_like_one_of_the_window_is_not_allotted(
    ask: Asking, engine: Engine, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
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
    assert ask(**flight).fits
    assert allotted == []
    assert ask(**{**flight, "ends_on": MONDAY + timedelta(days=60)}).fits
    assert len(allotted) == 7


def test_a_day_whose_question_did_not_change_keeps_its_answer(desk: Desk, engine: Engine, ids: dict[str, str]) -> None:
    desk.snapshots.keep_warm(now=NOW)
    before = desk.snapshots.snapshot(newest=True, now=NOW)
    book(engine, ids, starts_on=MONDAY + timedelta(days=3), ends_on=MONDAY + timedelta(days=3))
    after = desk.snapshots.snapshot(newest=True, now=NOW)
    for n in range(6):
        on = MONDAY + timedelta(days=n)
        assert (after.plan_on(on) is before.plan_on(on)) == (n != 3)


def test_a_share_may_have_no_end_in_sight(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    """Far days are looked at only where something changes."""
    far = date(2031, 5, 7)
    book(engine, ids, goal_kind="share", goal=60, starts_on=far, ends_on=far + timedelta(days=1))
    answer = ask(goal_kind="share", goal=50, ends_on=date(9999, 12, 31))
    assert (answer.fits, answer.nearest, answer.tight_on) == (False, 30, far)
    assert ask(goal_kind="share", goal=50, starts_on=far + timedelta(days=2), ends_on=date(9999, 12, 31)).fits
    with pytest.raises(FlightTooLong):
        ask(ends_on=date(9999, 12, 31))


def test_a_flight_may_be_a_year(ask: Asking, engine: Engine, ids: dict[str, str]) -> None:
    answer = ask(goal=365 * PLAYS_A_DAY, ends_on=MONDAY + timedelta(days=364))
    assert answer.fits
    assert not ask(goal=366 * PLAYS_A_DAY, ends_on=MONDAY + timedelta(days=364)).fits
