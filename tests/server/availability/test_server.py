"""The availability service answers from the newest state, or from one some moments old."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine

from server.availability.server import AvailabilityService
from server.campaigns.availability_messages import AvailabilityQuery
from server.campaigns.holds import hold_draft
from server.campaigns.models import CampaignState
from server.db import transaction
from server.screens.replan import bump_revision
from tests.factories import make_advertiser, make_campaign, make_creative
from tests.server.availability.conftest import MONDAY, NOW, PLAYS_A_DAY, Query, book, form


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
