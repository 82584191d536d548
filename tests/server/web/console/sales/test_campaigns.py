"""Campaigns in the console: booked, drafted, and corrected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from server.accounts.models import Role
from server.campaigns.models import Campaign, CampaignState, Daypart, Exclusion, Target
from server.creatives.models import Creative
from server.db import transaction
from tests.factories import make_advertiser, make_campaign, make_creative, make_screen, make_venue
from tests.server.web.conftest import SignIn, rows


def booking(engine: Engine) -> dict[str, Any]:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, kind="video", advertiser_id=advertiser.id, title="Spring film")
        screen = make_screen(db, tags=["north"])
    today = date.today()
    return {
        "name": "Spring",
        "advertiser_id": advertiser.id,
        "creatives[]": [creative.id],
        f"weight_{creative.id}": "3",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=30)).isoformat(),
        "goal_kind": "share",
        "goal": "20",
        "targets[]": ["tag:north", f"screen:{screen.id}"],
        "hours_0": "8-10, 14:20-15:50",
        "hours_4": "22:00-02:00",
    }


def test_a_campaign_is_booked_with_its_hours_and_places(sign_in: SignIn, engine: Engine) -> None:
    answer = sign_in().post("/console/campaigns/new", data=booking(engine))
    assert answer.status_code == 302
    assert rows(engine, Campaign)[0].state is CampaignState.BOOKED
    parts = sorted((part.weekday, part.from_min, part.until_min) for part in rows(engine, Daypart))
    assert parts == [(0, 480, 600), (0, 860, 950), (4, 1320, 1560)]
    assert sorted(target.kind.value for target in rows(engine, Target)) == ["screen", "tag"]


TERMS = {
    "do": "draft",
    "goal_kind": "impressions",
    "goal": "2000000",
    "pace": "ahead",
    "hourly": "6",
    "preemptible": "true",
}


def test_a_campaign_of_impressions_keeps_all_its_terms_and_shows_them(sign_in: SignIn, engine: Engine) -> None:
    client, form = sign_in(), booking(engine)
    with transaction(engine) as db:
        homes = make_venue(db, name="Garden Court", venue_type=110102)
        flat = make_screen(db, venue=homes, bank="gate")
    places = {
        "targets[]": ["venue_type:70101", f"bank:{homes.id}/gate"],
        "exclusions[]": ["tag:north", f"screen:{flat.id}"],
    }
    refused = client.post("/console/campaigns/new", data=form | TERMS | places)
    assert refused.status_code == 422
    assert "The exclusions leave no place where the campaign may play." in refused.text
    assert f'name="exclusions[]" value="screen:{flat.id}" checked' in refused.text
    page = client.post("/console/campaigns/new", data=form | TERMS | places | {"exclusions[]": ["tag:north"]}).location
    campaign = rows(engine, Campaign)[0]
    assert (campaign.goal_kind, campaign.goal, campaign.pace) == ("impressions", 2_000_000, "ahead")
    assert (campaign.hourly, campaign.preemptible) == (6, True)
    assert [(row.kind, row.value) for row in rows(engine, Exclusion)] == [("tag", "north")]
    shown = client.get(page).text
    for words in (
        '<option value="impressions" selected>',
        '<option value="ahead" selected>',
        'name="goal" value="2000000"',
        'name="hourly" aria-describedby="hourly-hint " value="6"',
        'id="preemptible" name="preemptible" checked',
        f'value="bank:{homes.id}/gate" checked',
        'name="exclusions[]" value="tag:north" checked',
        "<details open>",
    ):
        assert words in shown, words
    assert "2,000,000 impressions" in client.get("/console/campaigns").text


def test_a_takeover_needs_no_number(sign_in: SignIn, engine: Engine) -> None:
    form = booking(engine) | {"goal_kind": "takeover", "do": "draft"}
    del form["goal"]
    client = sign_in()
    assert client.post("/console/campaigns/new", data=form).status_code == 302
    assert rows(engine, Campaign)[0].goal_kind == "takeover"
    assert "Takeover" in client.get("/console/campaigns").text


def test_terms_that_do_not_fit_the_goal_are_refused_with_the_remedy(sign_in: SignIn, engine: Engine) -> None:
    form = booking(engine) | {"goal_kind": "plays_per_day", "goal": "100", "hourly": "4"}
    answer = sign_in().post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
    assert "Raise the cap, add hours, or ask for fewer plays." in answer.text
    assert 'value="4"' in answer.text


def test_a_draft_warns_of_a_spot_that_outlasts_the_ride(sign_in: SignIn, engine: Engine) -> None:
    client, form = sign_in(), booking(engine)
    page = client.post("/console/campaigns/new", data=form | {"do": "draft"}).location
    assert "a typical ride is shorter" not in client.get(page).text
    with transaction(engine) as db:
        for creative in db.exec(select(Creative)):
            creative.length_ms = 45_000
    shown = client.get(page).text
    assert (
        "“Spring film” takes 45 s. On 1 screen in a car a typical ride is shorter, of 30 s: few see its end." in shown
    )


def test_a_campaign_is_saved_as_a_draft_and_booked_later(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    page = client.post("/console/campaigns/new", data={**booking(engine), "do": "draft"}).location
    assert rows(engine, Campaign)[0].state is CampaignState.DRAFT
    client.post(f"{page}/book")
    assert rows(engine, Campaign)[0].state is CampaignState.BOOKED


def test_a_wrong_booking_keeps_everything_that_was_typed(sign_in: SignIn, engine: Engine) -> None:
    form = booking(engine) | {"ends_on": "2020-01-01"}
    answer = sign_in().post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
    assert "The flight ends before it starts." in answer.text
    for typed in (
        'value="Spring"',
        'name="hours_0" value="8-10, 14:20-15:50"',
        'value="tag:north" checked',
        'value="3"',
    ):
        assert typed in answer.text
    assert rows(engine, Campaign) == []


def test_an_advertiser_who_names_another_in_a_wrong_booking_is_shown_nothing_of_theirs(
    sign_in: SignIn, engine: Engine
) -> None:
    with transaction(engine) as db:
        own = make_advertiser(db, name="Own")
    form = booking(engine) | {"ends_on": "2020-01-01"}
    answer = sign_in(Role.ADVERTISER, advertiser_id=own.id).post("/console/campaigns/new", data=form)
    assert answer.status_code == 422
    assert "Spring film" not in answer.text


def test_a_booking_is_shown_to_be_changed(sign_in: SignIn, engine: Engine) -> None:
    client, form = sign_in(), booking(engine)
    page = client.post("/console/campaigns/new", data=form).location
    shown = client.get(page).text
    assert 'name="hours_0" value="08:00-10:00, 14:20-15:50"' in shown
    assert 'name="hours_4" value="22:00-02:00"' in shown
    client.post(page, data=form | {"name": "Summer", "hours_0": "", "hours_4": ""})
    assert rows(engine, Campaign)[0].name == "Summer"
    assert rows(engine, Daypart) == []


def test_the_list_says_that_a_campaign_has_ended(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_campaign(db, state=CampaignState.ENDED)
    assert '<span class="state ">Ended</span>' in sign_in().get("/console/campaigns").text
