"""Where campaigns stand: on their page, in the list, on the overview, in the report, as CSV and over the API.

Covers: server.plays.outlook, server.web.console.sales.report, server.web.operator_api.reports
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.campaigns.models import Advertiser, Campaign, CampaignState, GoalKind
from server.db import transaction, utc_now
from server.plays.forecast import Forecast
from server.plays.outlook import store_forecasts
from server.timelines.models import NetworkTrouble
from tests.factories import make_advertiser, make_campaign, make_player, make_screen
from tests.server.web.conftest import SignIn

SHORT = "Behind by 4,200 plays; at this rate it ends at 93 %."


@pytest.fixture
def late(engine: Engine) -> tuple[Campaign, Advertiser]:
    """Behind by 4,200 of 60,000 plays, and without room to make it good; another of another advertiser is on course."""
    today = utc_now().date()
    days = {"starts_on": today - timedelta(days=10), "ends_on": today + timedelta(days=10)}
    with transaction(engine) as db:
        noodles, tea = make_advertiser(db, name="Noodle Bar"), make_advertiser(db, name="Tea house")
        goal = {"goal_kind": GoalKind.PLAYS, "goal": 60_000.0}
        late = make_campaign(db, advertiser=noodles, name="Late noodles", **days, **goal)
        fine = make_campaign(db, advertiser=tea, name="Punctual tea", **days, **goal)
        forecasts = {
            late.id: Forecast("plays", 60_000, 28_571, 24_000, 371, 26_000, 55_800),
            fine.id: Forecast("plays", 60_000, 28_571, 28_600, 0, 31_400, 60_000),
        }
        store_forecasts(db, forecasts, now=utc_now())
    return late, noodles


def test_the_campaigns_page_shows_it_side_by_side(late: tuple[Campaign, Advertiser], sign_in: SignIn) -> None:
    page = sign_in().get(f"/console/campaigns/{late[0].id}").text
    for figure in ("60,000", "28,571", "24,000", "26,000", "93 %", SHORT, "371 more are awaited"):
        assert figure in page
    chinese = sign_in().get(f"/console/campaigns/{late[0].id}", headers={"Accept-Language": "zh-CN"}).text
    assert "落后 4,200 次播放；按目前速度，结束时为 93 %。" in chinese


def test_the_list_marks_those_that_are_behind_alone(late: tuple[Campaign, Advertiser], sign_in: SignIn) -> None:
    page = sign_in().get("/console/campaigns").text
    assert page.count(SHORT) == 1
    assert "Ahead by" not in page


def test_the_overview_says_what_is_behind_and_what_to_do(
    late: tuple[Campaign, Advertiser], engine: Engine, sign_in: SignIn
) -> None:
    with transaction(engine) as db:
        make_player(db, screen=make_screen(db), seen_at=utc_now())
    page = sign_in(Role.VIEWER).get("/console/").text
    assert SHORT in page
    assert "Add screens or hours, let it run longer, or agree on less." in page
    assert "Punctual tea" not in page


def test_the_overview_says_why_the_network_has_no_plan(engine: Engine, sign_in: SignIn) -> None:
    with transaction(engine) as db:
        db.add(NetworkTrouble(id="network", failed_at=utc_now(), trouble="It broke off.", remedy="Look into the log."))
    page = sign_in(Role.VIEWER).get("/console/").text
    assert "The bookings could not be planned; every screen continues with its present plan." in page
    assert "It broke off." in page
    assert "Look into the log." in page


def test_the_report_has_a_row_for_each_and_a_csv(late: tuple[Campaign, Advertiser], sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get("/console/report").text
    assert SHORT in page
    assert "Punctual tea" in page
    rows = list(csv.DictReader(io.StringIO(client.get("/console/report/forecast.csv").text.removeprefix("\ufeff"))))
    row = next(row for row in rows if row["campaign_id"] == late[0].id)
    figures = ("booked", "expected", "played", "awaited", "behind", "planned", "forecast", "share")
    assert [row[name] for name in figures] == ["60000", "28571", "24000", "371", "4200", "26000", "55800", "0.9300"]


def test_the_api_reports_it(late: tuple[Campaign, Advertiser], sign_in: SignIn) -> None:
    rows = sign_in().get(f"/api/v1/reports/forecast?campaign_id={late[0].id}").get_json()["rows"]
    (row,) = rows
    assert (row["behind"], row["forecast"], row["share"], row["falls_short"]) == (4200, 55_800, 0.93, True)
    gone = (utc_now().date() + timedelta(days=30)).isoformat()
    assert sign_in().get(f"/api/v1/reports/forecast?from_on={gone}").get_json() == {"rows": []}


def test_an_advertiser_sees_own_forecasts_alone(late: tuple[Campaign, Advertiser], sign_in: SignIn) -> None:
    client = sign_in(Role.ADVERTISER, advertiser_id=late[1].id)
    names = [row["campaign"] for row in client.get("/api/v1/reports/forecast").get_json()["rows"]]
    assert names == ["Late noodles"]
    for path in ("/console/report", "/console/report/forecast.csv", "/console/campaigns"):
        assert "Punctual tea" not in client.get(path).text


@pytest.mark.parametrize("path", ["/api/v1/reports/forecast", "/console/report/forecast.csv"])
def test_a_role_that_sees_no_delivery_sees_no_forecast(sign_in: SignIn, path: str) -> None:
    assert sign_in(Role.STAFF).get(path).status_code == 403


def test_a_paused_campaign_has_no_mark(late: tuple[Campaign, Advertiser], engine: Engine, sign_in: SignIn) -> None:
    with transaction(engine) as db:
        db.get_one(Campaign, late[0].id).state = CampaignState.PAUSED
    assert SHORT not in sign_in().get("/console/campaigns").text
