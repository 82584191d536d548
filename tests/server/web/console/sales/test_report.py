"""The report as a page and as CSV."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction, utc_now
from server.timelines.models import PlannedDay
from tests.factories import make_campaign, make_creative, make_screen, saved
from tests.server.web.conftest import SignIn


def test_a_report_of_days_in_the_wrong_order_says_so(sign_in: SignIn) -> None:
    answer = sign_in(Role.OPERATOR).get("/console/report?from_on=2026-03-02&until_on=2026-03-01")
    assert answer.status_code == 422
    assert "in order" in answer.text


def rows_on(page: str) -> int:
    return page.split("By day, campaign and screen")[1].split("</table>")[0].count("<tr>") - 1  # its head


@pytest.fixture
def places(engine: Engine) -> list[str]:
    """The codes of three screens, on each of which a campaign was planned for yesterday."""
    with transaction(engine) as db:
        campaign, creative = make_campaign(db, name="Spring"), make_creative(db)
        screens = [make_screen(db, name=f"Car {nth}", code=f"BCDF2{nth + 3}") for nth in range(3)]
        for nth, screen in enumerate(screens):
            of = {"campaign_id": campaign.id, "creative_id": creative.id, "booked": 9, "planned": 7 + nth}
            saved(db, PlannedDay(screen_id=screen.id, on=utc_now().date() - timedelta(days=1), **of))
    return [screen.code for screen in screens]


def test_the_page_lists_its_first_rows_and_says_where_the_others_are(
    sign_in: SignIn, places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sign_in().get("/console/report").text
    assert (rows_on(page), "The first" in page) == (3, False)
    assert "<b>24</b>spots planned" in page
    monkeypatch.setattr("server.web.console.sales.report.ROWS_MOST", 2)
    page = sign_in().get("/console/report").text
    assert rows_on(page) == 2
    assert "The first 2 rows; the CSV has them all." in page
    assert "<b>24</b>spots planned" in page


def test_of_many_screens_the_code_is_typed(sign_in: SignIn, places: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in()
    assert '<select class="form-select" id="screen"' in client.get("/console/report").text
    monkeypatch.setattr("server.web.console.sales.report.SCREENS_MOST", 2)
    assert '<input class="form-control" id="screen"' in client.get("/console/report").text
    page = client.get(f"/console/report?screen={places[1].lower()}").text
    assert "<b>8</b>spots planned" in page
    assert f'value="{places[1].lower()}"' in page
    answer = client.get("/console/report?screen=NONE")
    assert answer.status_code == 404
    assert "Check the code on the screen" in answer.text
