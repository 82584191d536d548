"""Venues, screens, their players and emergencies, as operators handle them in the console."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from media.wire.enrolment import EnrolRequest
from media.wire.status import CommandAnswer
from server.accounts.models import AuditEntry, Role
from server.db import transaction, utc_now
from server.errors import Conflict
from server.screens.commands import ANSWER_WITHIN, record_answer, send_command
from server.screens.enrol.enrolment import request_enrolment
from server.screens.models import CommandKind, Player, PlayerCommand, Screen, Venue
from server.timelines.models import RaisedInterrupt
from server.timelines.troubles import venue_unplanned
from server.web.console.network.barred import read_rules, write_rules
from server.web.console.network.hours import read_line
from tests.factories import make_campaign, make_creative, make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn, rows

VENUE = {"name": "Harbour Tower", "zone": "Asia/Shanghai", "venue_type": "70101", "reserved_percent": "10"}
SCREEN = {"name": "Car 1", "kind": "car", "width": "1920", "height": "1080", "strip": "true"}


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


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"category": "Alcohol", "hours": {}}],
        [{"category": "Toys", "hours": {**{day: [] for day in "0123456"}, "2": [[420, 540]], "4": [[420, 540]]}}],
        [{"category": "Toys", "hours": {day: [[0, 60], [120, 1440]] for day in "0123456"}}],
        [{"category": "Toys", "hours": {day: [[0, 60]] for day in "56"}}],
    ],
)
def test_rules_are_read_as_they_were_written(rules: list[dict[str, Any]]) -> None:
    week = [{**rule, "hours": {day: spans for day, spans in rule["hours"].items() if spans}} for rule in rules]
    assert read_rules(write_rules(rules)) == week


def test_the_impressions_of_a_play_are_set_for_each_screen(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    client, page = sign_in(), f"/console/screens/{screen.id}/edit"
    hours = ", ".join(str(hour / 4) for hour in range(24))
    sourced = {"multipliers": hours, "multiplier_source": "1", "multiplier_vendor": "example.org"}
    assert client.post(page, data=SCREEN | sourced).status_code == 302
    changed = rows(engine, Screen)[0]
    assert changed.multipliers == [hour / 4 for hour in range(24)]
    assert (changed.multiplier_source, changed.multiplier_vendor) == (1, "example.org")
    assert ">0, 0.25, 0.5," in client.get(page).text
    for wrong, why in (
        ({"multipliers": "1, 2"}, "Give one number, 24 for the hours of a day"),
        ({"multipliers": "many"}, "Write numbers with a point"),
        ({"multiplier_source": "1", "multiplier_vendor": ""}, "Name the vendor, or choose another source."),
    ):
        refused = client.post(page, data=SCREEN | sourced | wrong)
        assert refused.status_code == 422
        assert why in refused.text
    client.post(page, data=SCREEN)
    assert (rows(engine, Screen)[0].multipliers, rows(engine, Screen)[0].multiplier_source) == ([], 0)


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("8-22", [[480, 1320]]),
        ("8：00～22：30", [[480, 1350]]),
        ("08.00 – 24.00", [[480, 1440]]),
        ("13:30-20:00, 08:00-12:00", [[480, 720], [810, 1200]]),
        ("closed", []),
        ("休息", []),
    ],
)
def test_hours_are_read_as_people_write_them(line: str, spans: list[list[int]]) -> None:
    assert read_line(line) == spans


def test_the_line_of_hours_that_is_wrong_is_marked(sign_in: SignIn) -> None:
    shown = sign_in().post("/console/venues/new", data={**VENUE, "hours_0": "8-22", "hours_3": "late"}).text
    assert 'name="hours_3" value="late" placeholder="07:00-22:00" autocomplete="off" aria-invalid="true"' in shown
    assert shown.count('aria-invalid="true"') == 1


def test_commas_of_both_scripts_part_what_is_typed(sign_in: SignIn, engine: Engine) -> None:
    sign_in().post("/console/venues/new", data={**VENUE, "hours_0": "08:00-12:00\uff0c13:30-20:00"})
    assert rows(engine, Venue)[0].hours["0"] == [[480, 720], [810, 1200]]


def test_a_screen_is_added_to_its_venue(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db)
    answer = sign_in().post("/console/screens/new", data={**SCREEN, "venue_id": venue.id, "tags": "North, tower-a"})
    screen = rows(engine, Screen)[0]
    assert answer.location == f"/console/screens/{screen.id}"
    assert (screen.tags, screen.strip, screen.sound) == (["north", "tower-a"], True, False)


def test_a_changed_screen_loses_an_unticked_box(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, sound=True)
    sign_in().post(f"/console/screens/{screen.id}/edit", data={**SCREEN, "name": "Car 9"})
    changed = rows(engine, Screen)[0]
    assert (changed.name, changed.sound) == ("Car 9", False)


def test_the_code_on_a_box_enrols_it(sign_in: SignIn, engine: Engine) -> None:
    token_hash = hashlib.sha256(b"token").hexdigest()
    with transaction(engine) as db:
        screen = make_screen(db)
        asked = request_enrolment(db, EnrolRequest(hardware="box-1", token_sha256=token_hash), now=utc_now())
    client = sign_in()
    assert client.post(f"/console/screens/{screen.id}/enrol", data={"code": asked.code.lower()}).status_code == 302
    assert [player.screen_id for player in rows(engine, Player)] == [screen.id]


def test_a_box_is_enrolled_from_the_page_that_its_screen_names(sign_in: SignIn, engine: Engine) -> None:
    """The card says: Screens → Enrol."""
    token_hash = hashlib.sha256(b"token").hexdigest()
    with transaction(engine) as db:
        screen = make_screen(db)
        taken = make_screen(db, name="Has one")
        make_player(db, screen=taken)
        asked = request_enrolment(db, EnrolRequest(hardware="box-1", token_sha256=token_hash), now=utc_now())
    client, page = sign_in(), "/console/screens/enrol"
    assert f'href="{page}"' in client.get("/console/screens").text
    form = client.get(page).text
    assert f'value="{screen.id}"' in form
    assert f'value="{taken.id}"' not in form
    wrong = client.post(page, data={"code": "ZZZZZZ", "screen_id": screen.id})
    assert wrong.status_code == 404
    assert 'value="ZZZZZZ"' in wrong.text
    assert client.post(page, data={"code": asked.code, "screen_id": screen.id}).location.endswith(screen.id)
    assert {player.screen_id for player in rows(engine, Player)} == {screen.id, taken.id}
    assert "Every screen has a player." in client.get(page).text


def test_a_wrong_code_is_refused_and_stays_typed(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    answer = sign_in().post(f"/console/screens/{screen.id}/enrol", data={"code": "ZZZZZZ"})
    assert answer.status_code == 404
    assert "No box shows this code." in answer.text
    assert 'value="ZZZZZZ"' in answer.text


def test_a_box_is_moved_and_revoked(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        here, there = make_screen(db), make_screen(db, name="Car 2")
        player = make_player(db, screen=here)
    client = sign_in()
    client.post(f"/console/players/{player.id}/move", data={"screen_id": there.id})
    assert rows(engine, Player)[0].screen_id == there.id
    client.post(f"/console/players/{player.id}/revoke")
    assert rows(engine, Player)[0].revoked_at is not None


def test_a_command_is_sent_to_a_player_and_its_answer_is_shown(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    client, page = sign_in(), f"/console/screens/{screen.id}"
    commands = f"/console/players/{player.id}/commands"
    assert f'action="{commands}"' in client.get(page).text
    assert client.post(commands, data={"do": "picture"}).location == page
    assert [entry.facts for entry in rows(engine, AuditEntry) if entry.action == "player told"] == [{"do": "picture"}]
    assert "waiting for the player" in client.get(page).text
    command = rows(engine, PlayerCommand)[0]
    with transaction(engine) as db:
        record_answer(db, command.id, CommandAnswer(ok=True), now=utc_now())
    shown = client.get(page).text
    assert "acknowledged" in shown
    assert "waiting for the player" not in shown


def test_a_player_that_does_not_answer_or_refuses_is_shown_so(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
        long_ago = utc_now() - ANSWER_WITHIN - timedelta(seconds=1)
        send_command(db, player.id, CommandKind.PICTURE, by=None, now=long_ago)
        refused = send_command(db, player.id, CommandKind.IDENTIFY, by=None, now=utc_now())
        record_answer(db, refused.id, CommandAnswer(ok=False, why="this player knows no command"), now=utc_now())
    shown = sign_in().get(f"/console/screens/{screen.id}").text
    assert "timed out" in shown
    assert "this player knows no command" in shown


def test_only_operators_send_commands_and_only_known_ones(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    commands = f"/console/players/{player.id}/commands"
    viewer = sign_in(Role.VIEWER)
    assert viewer.post(commands, data={"do": "picture"}).status_code == 403
    assert f'action="{commands}"' not in viewer.get(f"/console/screens/{screen.id}").text
    operator = sign_in(email="operator@example.org")
    assert operator.post(commands, data={"do": "dance"}).status_code == 422
    assert operator.post(commands, data={}).status_code == 422
    assert operator.post("/console/players/never/commands", data={"do": "picture"}).status_code == 404
    assert rows(engine, PlayerCommand) == []


def test_an_emergency_is_raised_over_a_venue_and_lifted(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        notice = make_creative(db, kind="notice", title="Leave the building")
    client = sign_in()
    form = {"creative_id": notice.id, "minutes": "15"}
    assert client.post(f"/console/venues/{screen.venue_id}/emergency", data=form).status_code == 302
    raised = rows(engine, RaisedInterrupt)[0]
    assert "Leave the building" in client.get(f"/console/screens/{screen.id}").text
    client.post(f"/console/emergencies/{raised.id}/lift")
    assert rows(engine, RaisedInterrupt)[0].lifted_by is not None


def test_a_prepared_text_is_raised_over_all_screens_and_lifted(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    assert "No text is prepared" in client.get("/console/emergencies").text
    empty = client.post("/console/emergencies/texts", data={"text": " ", "language": "en"})
    assert empty.status_code == 422
    typed = {"text": "Leave by the stairs", "title": "Fire", "language": "en"}
    assert client.post("/console/emergencies/texts", data=typed).status_code == 302
    with transaction(engine) as db:
        text = make_creative(db, kind="emergency", title="Fire drawn", text="Leave by the stairs")
        screen = make_screen(db)
    page = client.get("/console/emergencies").text
    assert "Fire drawn" in page
    assert f'value="venue:{screen.venue_id}"' in page
    nowhere = client.post("/console/emergencies", data={"creative_id": text.id, "place": "moon"})
    assert nowhere.status_code == 422
    assert client.post("/console/emergencies", data={"creative_id": text.id, "place": "all"}).status_code == 302
    (raised,) = rows(engine, RaisedInterrupt)
    assert raised.is_everywhere
    viewer = sign_in(Role.VIEWER)
    for path in ("/console/", f"/console/venues/{screen.venue_id}", f"/console/screens/{screen.id}"):
        assert "over every screen" in viewer.get(path).text
    assert client.post(f"/console/emergencies/{raised.id}/lift").location == "/console/emergencies"
    assert rows(engine, RaisedInterrupt)[0].lifted_by is not None


@pytest.mark.parametrize("path", ["emergencies", "emergencies/texts", "emergencies/preview"])
def test_who_may_not_raise_an_emergency_may_not_prepare_one(sign_in: SignIn, path: str) -> None:
    assert sign_in(Role.VIEWER).post(f"/console/{path}", data={}).status_code == 403


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


def test_the_list_of_screens_says_why_one_is_offline(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db)
    assert "No player is enrolled." in sign_in().get("/console/screens").text


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


def test_a_screen_is_moved_to_another_venue_after_what_happens_was_said(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, name="Lift 2", bank="east")
        there = make_venue(db, name="Riverside")
        make_campaign(db, name="Of the screen", screens=[screen], ends_on=date(2999, 1, 1))
    client, page = sign_in(), f"/console/screens/{screen.id}/venue"
    assert page in client.get(f"/console/screens/{screen.id}").text
    assert "What happens" not in client.get(page).text
    said = client.get(f"{page}?venue_id={there.id}").text
    for word in ("Of the screen", "It leaves the bank east", "under Harbour Tower", "a new screen of Riverside"):
        assert word in said, word
    assert client.post(page, data={"venue_id": screen.venue_id}).status_code == 422
    moved = client.post(page, data={"venue_id": there.id, "bank": "lobby"})
    new = next(row for row in rows(engine, Screen) if row.retired_at is None)
    assert moved.location == f"/console/screens/{new.id}"
    assert (new.venue_id, new.bank) == (there.id, "lobby")
    assert client.post(page, data={"venue_id": there.id}).status_code == 409


@pytest.mark.parametrize("kind", ["screens", "venues"])
def test_retiring_says_what_is_booked_and_is_undone(sign_in: SignIn, engine: Engine, kind: str) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, name="Lift 2")
        make_campaign(db, name="Of the screen", screens=[screen], ends_on=date(2999, 1, 1))
        make_campaign(db, name="Of another", screens=[make_screen(db, name="Far")], ends_on=date(2999, 1, 1))
    client, page = sign_in(), f"/console/{kind}/{screen.id if kind == 'screens' else screen.venue_id}"
    said = client.get(page).text
    assert "Of the screen" in said
    assert "Of another" not in said
    shown = client.post(f"{page}/retire", follow_redirects=True).text
    assert f'action="{page}/reinstate"' in shown
    assert "Use it again" in client.get(page).text
    assert client.post(f"{page}/reinstate").location == page
    assert [row.retired_at for row in rows(engine, Screen)] == [None, None]


def test_the_list_of_screens_is_looked_at_as_tiles_or_as_a_table(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        make_screen(db, venue=db.get_one(Venue, screen.venue_id), name="Lift 2")
        make_player(db, screen=screen, seen_at=utc_now(), picture_at=utc_now() - timedelta(minutes=5, seconds=1))
    client = sign_in()
    tiles = client.get("/console/screens").text
    assert 'class="tiles"' in tiles
    assert "1 screen never had a player." in tiles
    assert "Lift 2" not in tiles
    assert "5 min ago</time>" in tiles
    assert "<table>" in client.get("/console/screens?view=table").text
    assert "<table>" in client.get("/console/screens").text
    assert "Lift 2" in client.get("/console/screens?search=lift+2").text
    assert "Nothing found for “moon”." in client.get("/console/screens?search=moon").text
