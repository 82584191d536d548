"""Venues in the console: hours, rules, and what is shown of their plans.

Covers: server.web.console.network.venue_form
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from server.accounts.models import AuditEntry, Role
from server.db import transaction, utc_now
from server.errors import Conflict
from server.screens.models import Venue
from server.timelines.troubles import venue_unplanned
from tests.factories import make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn, rows

VENUE = {"name": "Harbour Tower", "zone": "Asia/Shanghai", "venue_type": "70101", "reserved_percent": "10"}


def test_a_venue_is_added_with_its_hours(sign_in: SignIn, engine: Engine) -> None:
    answer = sign_in().post("/console/venues/new", data={**VENUE, "hours_0": "08:00-12:00, 13:30-20:00"})
    venue = rows(engine, Venue)[0]
    assert answer.location == f"/console/venues/{venue.id}"
    assert (venue.hours["0"], venue.hours["6"]) == ([[480, 720], [810, 1200]], [])
    assert [entry.action for entry in rows(engine, AuditEntry)] == ["venue added"]


def test_a_venue_without_hours_is_always_open(sign_in: SignIn, engine: Engine) -> None:
    sign_in().post("/console/venues/new", data=VENUE)
    assert rows(engine, Venue)[0].hours == {}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": ""}, "Fill this in."),
        ({"zone": "Mars/Olympus"}, "Choose a time zone of the list"),
        ({"hours_3": "8 to 10"}, "Thu: “8 to 10” cannot be read. Write hours like"),
        ({"hours_3": "22:00-06:00"}, "Thu: “22:00-06:00” ends before it begins. Write hours like"),
        ({"hours_3": "08:00-12:00, 25:00"}, "Thu: “25:00” cannot be read."),
        ({"hours_3": "08:00-12:00, 11:00-13:00"}, "Thu: in “08:00-12:00, 11:00-13:00” two spans overlap."),
        ({"hours_0": "x", "hours_6": "24:30-25:00"}, "Mon: “x” cannot be read. Sun: “24:30-25:00” cannot be read."),
        ({"reserved_percent": "120"}, "Choose 100 or less."),
    ],
)
def test_a_wrong_venue_form_shows_the_error_and_the_typed_values(
    sign_in: SignIn, engine: Engine, wrong: dict[str, str], reason: str
) -> None:
    answer = sign_in().post("/console/venues/new", data={**VENUE, "address": "1 Quay Road", **wrong})
    assert answer.status_code == 422
    assert reason in answer.text
    assert 'value="1 Quay Road"' in answer.text
    assert rows(engine, Venue) == []


RULES = {
    "advert_free_0": "07:00-09:00",
    "advert_free_days": "2026-12-13, 2026-04-05",
    "barred_0_category": "Alcohol",
    "barred_0_days": "0123456",
    "barred_1_category": "Toys",
    "barred_1_days": "01234",
    "barred_1_hours": "07:00-09:00, 15:00-18:00",
    "barred_2_category": "toys",
    "barred_2_days": "5",
    "barred_2_hours": "10:00-12:00",
    "barred_3_days": "0123456",
    "ride_s": "45",
}


def test_a_venue_is_given_rules_that_stand_on_its_page_and_go_when_emptied(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    page = client.post("/console/venues/new", data=VENUE | RULES).location
    venue = rows(engine, Venue)[0]
    assert (venue.advert_free["0"], venue.advert_free_days) == ([[420, 540]], ["2026-04-05", "2026-12-13"])
    alcohol, toys = venue.barred
    assert alcohol == {"category": "Alcohol", "hours": {}}
    assert (toys["hours"]["0"], toys["hours"]["5"], toys["hours"]["6"]) == (
        [[420, 540], [900, 1080]],
        [[600, 720]],
        [],
    )
    assert venue.ride_s == 45
    shown = client.get(page).text
    for words in (
        'name="advert_free_0" value="07:00-09:00"',
        'value="2026-04-05, 2026-12-13"',
        'value="Alcohol"',
        'value="07:00-09:00, 15:00-18:00"',
        '<option value="01234" selected>',
        'name="barred_4_category"',
    ):
        assert words in shown, words
    assert "barred_5_category" not in shown
    client.post(page, data=VENUE)
    venue = rows(engine, Venue)[0]
    assert (venue.advert_free, venue.advert_free_days, venue.barred) == ({}, [], [])


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"advert_free_3": "noon"}, "Thu: “noon” cannot be read. Write hours like"),
        ({"advert_free_days": "2026-02-30"}, "“2026-02-30” is not a date. Write dates like 2026-12-13"),
        ({"barred_0_category": "Toys", "barred_0_hours": "9-8"}, "Toys: “9-8” ends before it begins."),
        ({"barred_0_hours": "07:00-09:00"}, "Name the category that these hours are barred for."),
        ({"barred_0_category": "Toys", "barred_0_hours": "9 to 5"}, "Write hours like"),
        ({"ride_s": "0"}, "Choose 1 or more."),
    ],
)
def test_a_wrong_rule_is_named_and_stays_typed(
    sign_in: SignIn, engine: Engine, wrong: dict[str, str], reason: str
) -> None:
    answer = sign_in().post("/console/venues/new", data=VENUE | wrong)
    assert answer.status_code == 422
    assert reason in answer.text
    for typed in wrong.values():
        assert f'value="{typed}"' in answer.text
    assert rows(engine, Venue) == []


def test_the_line_of_hours_that_is_wrong_is_marked(sign_in: SignIn) -> None:
    shown = sign_in().post("/console/venues/new", data={**VENUE, "hours_0": "8-22", "hours_3": "late"}).text
    assert 'name="hours_3" value="late" placeholder="07:00-22:00" autocomplete="off" aria-invalid="true"' in shown
    assert shown.count('aria-invalid="true"') == 1


def test_a_venue_that_could_not_be_planned_is_reported_on_every_page_about_it(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    client, venue = sign_in(Role.VIEWER), f"/console/venues/{screen.venue_id}"
    pages = (venue, f"/console/screens/{screen.id}", f"/console/screens/{screen.id}/timeline", "/console/")
    lists = ("/console/venues", "/console/screens")
    assert not any("could not be planned" in client.get(page).text for page in pages)
    assert not any("not planned" in client.get(page).text for page in lists)
    with transaction(engine) as db:
        venue_unplanned(db, screen.venue_id, Conflict("The disk is full.", remedy="Free some space."), utc_now())
    for page in pages:
        shown = client.get(page).text
        assert "The timelines of this venue could not be planned." in shown, page
        assert "The disk is full." in shown, page
        assert "Free some space." in shown, page
    assert all("not planned" in client.get(page).text for page in lists)
    assert client.get(f"/api/v1/venues/{screen.venue_id}").json["plan_trouble"] == "The disk is full."


def test_a_venue_of_an_unknown_zone_hides_no_screens(sign_in: SignIn, engine: Engine) -> None:
    hours = {str(weekday): [[420, 1320]] for weekday in range(7)}
    with transaction(engine) as db:
        screen = make_screen(db, venue=make_venue(db, zone="Mars/Olympus", hours=hours), name="Lift 7")
        venue_unplanned(db, screen.venue_id, Conflict("The zone is not known."), utc_now())
        make_player(db, screen=screen, seen_at=utc_now() - timedelta(hours=1), picture_at=utc_now())
        make_player(db, screen=make_screen(db, name="Lift 8"), seen_at=utc_now())
    client = sign_in()
    assert all(name in client.get("/console/screens").text for name in ("Lift 7", "Lift 8"))
    pages = (
        "",
        "report",
        "venues",
        f"screens/{screen.id}",
        f"venues/{screen.venue_id}",
        f"screens/{screen.id}/timeline",
        f"screens/{screen.id}/why",
    )
    assert [client.get(f"/console/{page}").status_code for page in pages] == [200] * len(pages)
    assert client.get(f"/api/v1/screens/{screen.id}").status_code == 200


def test_commas_of_both_scripts_part_what_is_typed(sign_in: SignIn, engine: Engine) -> None:
    sign_in().post("/console/venues/new", data={**VENUE, "hours_0": "08:00-12:00\uff0c13:30-20:00"})
    assert rows(engine, Venue)[0].hours["0"] == [[480, 720], [810, 1200]]
