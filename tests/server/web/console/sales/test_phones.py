"""The report of phones present: on the page, as CSV and by the API; an advertiser sees its own campaigns.

Covers: server.plays.phones, server.web.console.sales.report, server.web.operator_api.reports
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from server.accounts.models import Role
from server.campaigns.models import Campaign
from server.db import transaction, utc_now
from server.plays.models import DeliveredDay, PhonesHour
from server.screens.models import Screen
from tests.factories import make_advertiser, make_campaign, make_creative, make_screen, saved
from tests.server.web.conftest import SignIn

TODAY = utc_now().date() - timedelta(days=1)  # has begun everywhere
CSV = "/console/report/phones.csv"


def deliver(db: Session, campaign: Campaign, screen: Screen, *, measured: bool) -> None:
    """Twenty plays, of which eight were measured, or none."""
    counts = {"campaign_id": campaign.id, "phones": 26 if measured else 0}
    day = {"item": make_creative(db).id, "plays": 20, "measured": 8 if measured else 0}
    saved(db, DeliveredDay(screen_id=screen.id, on=TODAY, **day, **counts))
    if measured:
        saved(db, PhonesHour(screen_id=screen.id, on=TODAY, hour=9, plays=8, **counts))


@pytest.fixture
def campaigns(engine: Engine) -> tuple[Campaign, Campaign]:
    """One whose plays were measured on one of two screens, and one that was measured nowhere."""
    with transaction(engine) as db:
        one, other = make_screen(db, name="Car 1"), make_screen(db, name="Car 2")
        measured, blind = make_campaign(db, name="Spring"), make_campaign(db, name="Autumn")
        for campaign in (measured, blind):
            deliver(db, campaign, other, measured=False)
        deliver(db, measured, one, measured=True)
    return measured, blind


def test_the_report_shows_plays_times_phones_and_how_they_were_measured(
    sign_in: SignIn, campaigns: tuple[Campaign, Campaign]
) -> None:
    page = sign_in().get("/console/report").text
    assert "How it is measured" in page
    assert "8 of 40" in page
    assert ">26<" in page
    assert ">3.2<" in page
    assert "09:00" in page


def test_days_that_were_not_measured_are_no_zero(sign_in: SignIn, campaigns: tuple[Campaign, Campaign]) -> None:
    client, blind = sign_in(), campaigns[1]
    assert client.get("/console/report").text.count("not measured") == 2  # Autumn, and Car 2
    page = client.get(f"/console/report?campaign={blind.id}").text
    assert "Not measured on these days" in page
    assert "phones.csv" not in page


def test_the_section_is_in_chinese_too(sign_in: SignIn, campaigns: tuple[Campaign, Campaign]) -> None:
    page = sign_in().get("/console/report", headers={"Accept-Language": "zh"}).text
    assert "测量方法" in page
    assert "未测量" in page


def test_a_campaign_without_plays_has_no_phones(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        campaign = make_campaign(db)
    assert "Nothing was planned or played" in sign_in().get(f"/console/report?campaign={campaign.id}").text


def test_csv_and_api_have_a_row_for_each_hour(sign_in: SignIn, campaigns: tuple[Campaign, Campaign]) -> None:
    client = sign_in()
    (line,) = csv.DictReader(io.StringIO(client.get(CSV).text.removeprefix("\ufeff")))
    assert (line["hour"], line["campaign"], line["measured_plays"], line["plays_x_phones"]) == (
        "9",
        "Spring",
        "8",
        "26",
    )
    (row,) = client.get(f"/api/v1/reports/phones?from_on={TODAY}&until_on={TODAY}").get_json()["rows"]
    assert (row["hour"], row["campaign"], row["measured"], row["phones"]) == (9, "Spring", 8, 26)


def test_an_advertiser_sees_its_own_campaigns_alone(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        own, screen = make_advertiser(db), make_screen(db)
        mine, theirs = make_campaign(db, advertiser=own, name="Mine"), make_campaign(db, name="Theirs")
        for campaign in (mine, theirs):
            deliver(db, campaign, screen, measured=True)
    client = sign_in(Role.ADVERTISER, advertiser_id=own.id)
    page = client.get("/console/report").text
    assert "8 of 20" in page
    assert "Theirs" not in page
    assert [line["campaign"] for line in csv.DictReader(io.StringIO(client.get(CSV).text.removeprefix("\ufeff")))] == [
        "Mine"
    ]
    rows = client.get(f"/api/v1/reports/phones?from_on={TODAY}&until_on={TODAY}").get_json()["rows"]
    assert [row["campaign"] for row in rows] == ["Mine"]
