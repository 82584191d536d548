"""Plays that do not count, on pages and over the API.

Covers: server.plays.uncounted, server.web.console.sales.report, server.web.operator_api.reports
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction, utc_now
from server.plays.models import Uncounted, UncountedPlays
from server.screens.models import Screen
from server.web.console.sales import report
from tests.factories import make_campaign, make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn


@pytest.fixture
def invented(engine: Engine) -> Screen:
    """An hour ago a box reported a thousand plays of a campaign that was never planned on its screen."""
    at = utc_now() - timedelta(hours=1)
    with transaction(engine) as db:
        screen = make_screen(db, venue=make_venue(db, zone="UTC"))
        facts = {"player_id": make_player(db, screen=screen, hardware="pi-7").id, "screen_id": screen.id}
        campaign = make_campaign(db, name="Never planned")
        sums = {"plays": 1000, "first_at": at - timedelta(days=1), "last_at": at}
        db.add(
            UncountedPlays(**facts, **sums, on=utc_now().date(), campaign_id=campaign.id, reason=Uncounted.NOT_PLANNED)
        )
        for reason in (Uncounted.OVERLAP, Uncounted.TOO_OLD):
            db.add(UncountedPlays(**facts, **sums, on=utc_now().date(), reason=reason))
    return screen


@pytest.fixture
def operator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.OPERATOR)


def test_the_page_says_where_how_many_why_and_what_to_do(operator: FlaskClient, invented: Screen) -> None:
    page = operator.get("/console/report/uncounted").get_data(as_text=True)
    for words in ("Harbour Tower · Car 1", "pi-7", "1,000", "No timeline of this screen", "revoke it", invented.id):
        assert words in page


def test_a_page_that_is_cut_says_so(operator: FlaskClient, invented: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cut = "/console/report/uncounted", "Only the latest 2 lines are shown."
    assert cut not in operator.get(path).text
    monkeypatch.setattr(report, "LISTED_MOST", 2)
    assert cut in operator.get(path).text


def test_the_page_says_that_all_is_well_when_it_is(operator: FlaskClient) -> None:
    assert "All is well." in operator.get("/console/report/uncounted").get_data(as_text=True)


def test_the_report_shows_them_beside_what_was_played(operator: FlaskClient, invented: Screen) -> None:
    page = operator.get("/console/report").get_data(as_text=True)
    assert "2000 plays were reported and do not count" in page
    assert page.count('data-label="Not counted"') == 4  # two campaigns, and each of them on its day
    raw = operator.get("/console/report/delivery.csv").get_data(as_text=True).removeprefix("\ufeff")
    rows = {row["campaign"]: row for row in csv.DictReader(io.StringIO(raw))}
    assert (rows["Never planned"]["played"], rows["Never planned"]["not_counted"]) == ("0", "1000")


def test_without_any_the_report_has_no_such_column(operator: FlaskClient) -> None:
    assert "Not counted" not in operator.get("/console/report").get_data(as_text=True)


def test_the_api_lists_them(operator: FlaskClient, invented: Screen) -> None:
    rows = operator.get("/api/v1/reports/uncounted").get_json()["rows"]
    assert {(row["screen_id"], row["hardware"], row["reason"], row["plays"]) for row in rows} == {
        (invented.id, "pi-7", "not_planned", 1000),
        (invented.id, "pi-7", "overlap", 1000),
        (invented.id, "pi-7", "too_old", 1000),
    }


def test_the_overview_counts_those_of_the_last_day(sign_in: SignIn, invented: Screen) -> None:
    page = sign_in(Role.VIEWER).get("/console/").get_data(as_text=True)
    assert "3000 plays were reported on the last day" in page
    assert "/console/report/uncounted" in page
