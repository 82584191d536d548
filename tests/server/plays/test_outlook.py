from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from server.allotment.fulfilment import Fulfilment
from server.campaigns.models import CampaignState, GoalKind
from server.plays.forecast import Forecast
from server.plays.outlook import forecast_rows, forecasts_by_campaign, forecasts_of_window, lagging, store_forecasts
from server.plays.played import Tally
from tests.factories import NOON, make_advertiser, make_campaign, make_venue

TODAY = date(2026, 3, 2)
WELL = Forecast("plays", 1000, 500, 500, 0, 500, 1000)
BEHIND = Forecast("plays", 1000, 500, 300, 0, 700, 1000)
WORSE = Forecast("plays", 1000, 500, 100, 0, 100, 200)


def test_a_new_forecast_takes_the_place_of_the_last_and_others_stay(db: Session) -> None:
    first, second = make_campaign(db), make_campaign(db)
    store_forecasts(db, {first.id: WELL, second.id: WELL}, now=NOON)
    store_forecasts(db, {first.id: BEHIND}, now=NOON + timedelta(hours=1))
    store_forecasts(db, {}, now=NOON)
    assert forecasts_by_campaign(db) == {first.id: BEHIND, second.id: WELL}
    assert forecasts_by_campaign(db, [second.id, "no such campaign"]) == {second.id: WELL}
    assert forecasts_by_campaign(db, []) == {}


def test_rows_are_by_name_and_restricted_to_an_advertiser_a_campaign_or_those_that_run(db: Session) -> None:
    tea = make_advertiser(db)
    spring = make_campaign(db, name="Spring", advertiser=tea)
    autumn = make_campaign(db, name="Autumn", state=CampaignState.PAUSED)
    make_campaign(db, name="Without")
    store_forecasts(db, {spring.id: WELL, autumn.id: WELL}, now=NOON)

    def names(**restricted: object) -> list[str]:
        return [row.campaign.name for row in forecast_rows(db, **restricted)]

    assert names() == ["Autumn", "Spring"]
    assert names(advertiser_id=tea.id) == names(campaign_id=spring.id) == names(running=True) == ["Spring"]
    assert {row.counted_at for row in forecast_rows(db)} == {NOON}


def test_the_worst_of_the_campaigns_that_are_behind_is_first(db: Session) -> None:
    well, behind, worse = (make_campaign(db, name=name) for name in ("well", "behind", "worse"))
    later = make_campaign(db, name="later", starts_on=TODAY + timedelta(days=5))
    paused = make_campaign(db, name="paused", state=CampaignState.PAUSED)
    forecasts = {well.id: WELL, behind.id: BEHIND, worse.id: WORSE, later.id: WORSE, paused.id: WORSE}
    store_forecasts(db, forecasts, now=NOON)
    assert [campaign.name for campaign, _forecast in lagging(db, now=NOON)] == ["worse", "behind"]
    assert lagging(db, advertiser_id="nobody", now=NOON) == []


@pytest.mark.parametrize(
    ("state", "ends_on", "forecast"),
    [
        (CampaignState.BOOKED, date(2026, 3, 31), True),
        (CampaignState.PAUSED, date(2026, 3, 31), True),
        (CampaignState.ENDED, date(2026, 3, 1), True),
        (CampaignState.DRAFT, date(2026, 3, 31), False),
        (CampaignState.ENDED, date(2025, 3, 1), False),
    ],
)
def test_campaigns_that_run_or_ended_lately_are_forecast(
    db: Session, state: CampaignState, ends_on: date, forecast: bool
) -> None:
    make_venue(db, zone="UTC")
    campaign = make_campaign(
        db, state=state, starts_on=date(2025, 2, 1), ends_on=ends_on, goal_kind=GoalKind.PLAYS, goal=1000.0
    )
    window = [(TODAY, [Fulfilment(campaign.id, 40, 30, "overbooked"), Fulfilment("another", 1, 1)])]
    found = forecasts_of_window(db, window, {campaign.id: Tally()}, now=NOON)
    assert found.keys() == ({campaign.id} if forecast else set())


def test_a_booked_campaign_counts_the_plays_that_the_window_gives_it_and_a_paused_one_none(db: Session) -> None:
    make_venue(db, zone="UTC")
    terms = {"starts_on": TODAY, "ends_on": TODAY, "goal_kind": GoalKind.PLAYS, "goal": 40.0}
    booked, paused = (make_campaign(db, state=state, **terms) for state in ("booked", "paused"))
    window = [(TODAY, [Fulfilment(row.id, 40, 30, "overbooked") for row in (booked, paused)])]
    found = forecasts_of_window(db, window, {}, now=NOON)
    assert {found[booked.id].booked, found[paused.id].booked} == {40}
    assert (found[booked.id].at_end, found[paused.id].at_end) == (30, 0)
    assert found[booked.id].falls_short
