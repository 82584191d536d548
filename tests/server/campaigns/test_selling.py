"""A sale is written at the revision of the network at which its room was found free, or not at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from server.campaigns.availability_messages import AvailabilityAnswer, AvailabilityQuery, NoRoom
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.models import Campaign, CampaignState, GoalKind, TargetKind
from server.campaigns.selling import ATTEMPTS, Move, Sales
from server.db import reading, transaction, utc_now
from server.screens.replan import NetworkChanged, bump_revision, revision
from tests.factories import make_advertiser, make_creative, make_screen

NOW = utc_now()


class FakeAvailability:
    """Answers with the network's present revision; `changes` times somebody else sells after the answer."""

    def __init__(self, engine: Engine, *, fits: bool = True, changes: int = 0) -> None:
        self.engine, self.fits, self.changes = engine, fits, changes
        self.requests: list[AvailabilityQuery] = []

    def __call__(self, request: AvailabilityQuery) -> AvailabilityAnswer:
        self.requests.append(request)
        with reading(self.engine) as db:
            at = revision(db)
        if len(self.requests) <= self.changes:
            with transaction(self.engine) as db:
                bump_revision(db)
        goal = request.form.goal
        return AvailabilityAnswer(
            revision=at, goal_kind=GoalKind.PLAYS, screens=1, asked=goal, free=0, fits=self.fits, exact=True, nearest=7
        )


@pytest.fixture
def form(engine: Engine) -> BookingForm:
    with transaction(engine) as db:
        make_screen(db)
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
    day = date(2099, 3, 2)
    return BookingForm(
        name="Spring",
        advertiser_id=advertiser.id,
        creatives=(WeightedCreative(creative_id=creative.id),),
        starts_on=day,
        ends_on=day + timedelta(days=1),
        targets=(TargetForm(kind=TargetKind.ALL),),
        goal_kind=GoalKind.PLAYS,
        goal=100,
    )


def campaigns(engine: Engine) -> list[Campaign]:
    with reading(engine) as db:
        return list(db.exec(select(Campaign)).all())


def test_a_booking_that_fits_is_written_at_once(engine: Engine, form: BookingForm) -> None:
    query = FakeAvailability(engine)
    campaign = Sales(engine, query).book(form, by=None, now=NOW)
    assert campaign.state == CampaignState.BOOKED
    assert [request.newest for request in query.requests] == [True]


def test_a_booking_that_does_not_fit_is_refused_with_the_answer_and_leaves_nothing(
    engine: Engine, form: BookingForm
) -> None:
    with pytest.raises(NoRoom) as refused:
        Sales(engine, FakeAvailability(engine, fits=False)).book(form, by=None, now=NOW)
    assert isinstance(refused.value.facts["answer"], AvailabilityAnswer)
    assert refused.value.facts["answer"].nearest == 7
    assert campaigns(engine) == []


def test_a_sale_that_another_one_overtakes_sends_its_query_again(engine: Engine, form: BookingForm) -> None:
    query = FakeAvailability(engine, changes=2)
    Sales(engine, query).book(form, by=None, now=NOW)
    assert len(query.requests) == 3
    assert len(campaigns(engine)) == 1


def test_a_sale_that_is_overtaken_every_time_is_given_up(engine: Engine, form: BookingForm) -> None:
    query = FakeAvailability(engine, changes=ATTEMPTS)
    with pytest.raises(NetworkChanged):
        Sales(engine, query).book(form, by=None, now=NOW)
    assert len(query.requests) == ATTEMPTS
    assert campaigns(engine) == []


def test_a_bonus_needs_no_answer(engine: Engine, form: BookingForm) -> None:
    query = FakeAvailability(engine, fits=False)
    Sales(engine, query).book(form.model_copy(update={"preemptible": True}), by=None, now=NOW)
    assert query.requests == []


def test_only_a_change_that_takes_more_and_a_move_that_takes_room_need_an_answer(
    engine: Engine, form: BookingForm
) -> None:
    campaign = Sales(engine, FakeAvailability(engine)).book(form, by=None, now=NOW)
    query = FakeAvailability(engine)
    sales = Sales(engine, query)
    sales.change(campaign.id, form.model_copy(update={"goal": 90.0, "name": "Autumn"}), by=None, now=NOW)
    sales.move(campaign.id, Move.PAUSE, by=None, now=NOW)
    assert query.requests == []
    sales.move(campaign.id, Move.RESUME, by=None, now=NOW)
    sales.change(campaign.id, form.model_copy(update={"goal": 110.0}), by=None, now=NOW)
    assert [request.instead_of for request in query.requests] == [campaign.id, campaign.id]
