"""A venue with one screen, whose free plays are known, and queries about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from server.availability.server import AvailabilityService
from server.campaigns.availability_messages import AvailabilityAnswer, AvailabilityQuery
from server.campaigns.forms import BookingForm
from server.db import transaction
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
