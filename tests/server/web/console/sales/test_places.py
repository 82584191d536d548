"""The booking form's pickers: a search that the server answers, with a script and without."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts.models import Role
from server.campaigns.models import Campaign, Exclusion, Target
from server.db import transaction, utc_now
from server.screens.models import Screen, Venue
from tests.factories import make_advertiser, make_creative, make_screen, make_venue
from tests.server.web.conftest import SignIn

MANY = 30


@pytest.fixture
def venue(engine: Engine) -> Venue:
    """With so many screens that they are not listed unasked."""
    with transaction(engine) as db:
        venue = make_venue(db, name="North Tower")
        for number in range(MANY):
            make_screen(db, venue=venue, name=f"Car {number:02}", tags=["north"])
    return venue


@pytest.fixture
def form(engine: Engine) -> dict[str, Any]:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
    tomorrow = utc_now().date() + timedelta(days=1)
    return {
        "name": "Spring",
        "advertiser_id": advertiser.id,
        "creatives[]": [creative.id],
        "starts_on": tomorrow.isoformat(),
        "ends_on": (tomorrow + timedelta(days=6)).isoformat(),
        "goal_kind": "share",
        "goal": "20",
        "hours_0": "8-9",
    }


def find(client: FlaskClient, text: str, *, field: str = "targets", chosen: tuple[str, ...] = ()) -> str:
    data = {f"{field}_search": text, f"{field}[]": list(chosen)}
    return client.post(f"/console/campaigns/places/{field}", data=data).text


def part(page: str, field: str) -> str:
    """The chips and what was found, of one picker."""
    return page.split(f'id="{field}"')[1].split("</div>\n</div>")[0]


@pytest.mark.usefixtures("venue")
def test_a_search_lists_the_first_and_counts_the_rest(sign_in: SignIn) -> None:
    found = find(sign_in(), "car")
    assert found.count("<li>") == 6
    assert "30 places found." in found
    assert "24 more: narrow your search." in found
    assert 'name="targets[]"' in found


def test_a_chosen_place_is_not_found_again(sign_in: SignIn, engine: Engine, venue: Venue) -> None:
    with transaction(engine) as db:
        first = db.exec(select(Screen.id).order_by(Screen.name)).first()
    found = find(sign_in(), "car", field="exclusions", chosen=(f"screen:{first}",))
    assert "29 places found." in found
    assert f"screen:{first}" not in found
    assert 'name="exclusions[]"' in found


@pytest.mark.usefixtures("venue")
def test_a_search_that_finds_nothing_says_what_to_try(sign_in: SignIn) -> None:
    client = sign_in()
    assert "No other place is called “&lt;b&gt;”." in find(client, "<b>")
    with client.session_transaction() as session:
        session["language"] = "zh"
    assert "没有其他名为“山”的位置。" in find(client, "山")
    assert "还有 24 个：请缩小查找范围。" in find(client, "car")


def test_few_places_are_listed_unasked_and_many_are_not(sign_in: SignIn, engine: Engine, form: dict[str, Any]) -> None:
    client, page = sign_in(), f"/console/campaigns/new?advertiser={form['advertiser_id']}"
    assert "There is no screen yet." in client.get(page).text
    with transaction(engine) as db:
        screen = make_screen(db)
    assert f'value="screen:{screen.id}"' in part(client.get(page).text, "targets")
    with transaction(engine) as db:
        for number in range(MANY):
            make_screen(db, name=f"Car {number}", venue=db.get_one(Venue, screen.venue_id))
    many = client.get(page).text
    assert f'value="screen:{screen.id}"' not in many
    assert "there are 31 screens." in many


@pytest.mark.usefixtures("venue")
def test_without_a_script_the_search_keeps_all_that_was_filled_in(
    sign_in: SignIn, engine: Engine, form: dict[str, Any]
) -> None:
    pressed = {"do": "find-targets", "targets_search": "north", "targets[]": ["tag:north"], "exclusions_search": "07"}
    answer = sign_in().post("/console/campaigns/new", data=form | pressed)
    assert answer.status_code == 200
    for typed in ('value="Spring"', 'name="hours_0" value="8-9"', 'value="tag:north" checked'):
        assert typed in answer.text, typed
    assert part(answer.text, "targets").count(" checked") == 1
    assert "North Tower · Car 00" in part(answer.text, "targets")
    assert "North Tower · Car 07" in part(answer.text, "exclusions")
    assert "<details open>" in answer.text
    with transaction(engine) as db:
        assert db.exec(select(Campaign)).all() == []


def test_places_ticked_among_the_results_are_booked(
    sign_in: SignIn, engine: Engine, venue: Venue, form: dict[str, Any]
) -> None:
    places = {"targets_search": "north", "targets[]": [f"venue:{venue.id}"], "exclusions[]": ["venue_type:70102"]}
    client = sign_in()
    page = client.post("/console/campaigns/new", data=form | places | {"do": "book"}).location
    with transaction(engine) as db:
        assert [(target.kind, target.value) for target in db.exec(select(Target))] == [("venue", venue.id)]
        assert [(exclusion.kind, exclusion.value) for exclusion in db.exec(select(Exclusion))] == [
            ("venue_type", "70102")
        ]
    shown = client.get(page).text
    assert f'value="venue:{venue.id}" checked><span>North Tower</span>' in part(shown, "targets")
    assert "<span>Office building: lobby</span>" in part(shown, "exclusions")
    again = client.post(page, data=form | places | {"do": "find-targets", "name": "Summer"})
    assert (again.status_code, 'value="Summer"' in again.text) == (200, True)
    with transaction(engine) as db:
        assert db.exec(select(Campaign)).one().name == "Spring"


def test_a_retired_place_is_named_and_can_be_taken_out(
    sign_in: SignIn, engine: Engine, venue: Venue, form: dict[str, Any]
) -> None:
    with transaction(engine) as db:
        screen = db.exec(select(Screen).where(Screen.name == "Car 00")).one()
        gone = f"screen:{screen.id}"
        screen.retired_at = utc_now()
    answer = sign_in().post("/console/campaigns/new", data=form | {"targets[]": [gone, f"venue:{venue.id}"]})
    assert answer.status_code == 422
    assert f'value="{gone}" checked><span>North Tower · Car 00 (no longer in use)</span>' in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MERCHANT])
def test_only_who_books_may_search(sign_in: SignIn, engine: Engine, role: Role) -> None:
    client = sign_in(role)
    assert client.post("/console/campaigns/places/targets", data={"targets_search": "car"}).status_code == 403


def test_a_search_for_anything_else_is_no_page(sign_in: SignIn) -> None:
    assert sign_in().post("/console/campaigns/places/goal", data={}).status_code == 404


def test_nonsense_in_a_search_is_only_text(sign_in: SignIn, venue: Venue) -> None:
    client = sign_in()
    for text in ("%", "_", "\\", "'; --", "a" * 5000, " "):
        assert client.post("/console/campaigns/places/targets", data={"targets_search": text}).status_code == 200
    assert "<li>" in find(client, "car", chosen=("bogus:1", "screen", "all", "venue_type:x"))
