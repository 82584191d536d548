from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from server.accounts.models import AuditEntry
from server.db import Job
from server.screens import venues
from server.screens.hours import BadAdvertFreeDays, BadBarred, BadHours
from server.screens.models import Player, ScreenKind
from server.screens.service import begin_service
from server.screens.texts import BadText
from server.screens.venues import (
    BadNumber,
    BadScreenKind,
    BadTags,
    BadWifi,
    NoScreen,
    NoVenue,
    ScreenRetired,
    UnknownField,
    UnknownVenueType,
    UnknownZone,
    VenueRetired,
    add_screen,
    add_venue,
    change_screen,
    change_venue,
    reinstate_screen,
    reinstate_venue,
    retire_screen,
    retire_venue,
    screen_of_code,
    screens_of,
    venues_in_use,
)
from tests.factories import NOON, make_player, make_screen, make_venue


def planned(db):
    """The venues for which a plan waits."""
    return {job.subject for job in db.exec(select(Job).where(Job.kind == "plan"))}


def test_a_venue_is_added(db):
    venue = add_venue(db, name=" Harbour Tower ", zone="Asia/Kolkata", hours={0: [[480, 1320]]}, now=NOON)
    assert (venue.name, venue.zone) == ("Harbour Tower", "Asia/Kolkata")
    assert venue.hours == {"0": [[480, 1320]], **{weekday: [] for weekday in "123456"}}
    assert db.exec(select(AuditEntry.action)).one() == "venue added"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": "  "}, BadText),
        ({"name": "x" * 121}, BadText),
        ({"name": "a\x00b"}, BadText),
        ({"zone": "Shanghai"}, UnknownZone),
        ({"zone": "../etc/passwd"}, UnknownZone),
        ({"zone": ["UTC"]}, UnknownZone),
        ({"venue_type": 1}, UnknownVenueType),
        ({"venue_type": {}}, UnknownVenueType),
        ({"reserved_percent": 101}, BadNumber),
        ({"ride_s": 0}, BadNumber),
        ({"advert_free": {"0": [[60, 30]]}}, BadHours),
        ({"advert_free": "07:00-08:00"}, BadHours),
        ({"advert_free_days": ["13 December"]}, BadAdvertFreeDays),
        ({"advert_free_days": "2026-12-13"}, BadAdvertFreeDays),
        ({"advert_free_days": [f"{year}-12-13" for year in range(2000, 2101)]}, BadAdvertFreeDays),
        ({"barred": "alcohol"}, BadBarred),
        ({"barred": ["alcohol"]}, BadBarred),
        ({"barred": [{"category": " "}]}, BadText),
        ({"barred": [{"category": "Alcohol"}, {"category": "alcohol"}]}, BadBarred),
        ({"barred": [{"category": "alcohol", "hours": {"7": [[0, 60]]}}]}, BadHours),
        ({"hours": {"7": [[0, 10]]}}, BadHours),
    ],
)
def test_an_impossible_value_of_a_venue_is_refused_with_a_remedy(db, wrong, error):
    with pytest.raises(error) as caught:
        add_venue(db, **{"name": "Harbour Tower", **wrong}, now=NOON)
    assert caught.value.remedy
    assert venues_in_use(db) == []


def test_a_change_that_timelines_see_queues_a_plan(db):
    venue = make_venue(db)
    change_venue(db, venue.id, address="1 Quay Road", now=NOON)
    assert planned(db) == set()
    change_venue(db, venue.id, zone="Europe/Berlin", now=NOON)
    assert planned(db) == {venue.id}


def test_a_change_to_the_present_value_does_nothing(db):
    venue = make_venue(db)
    change_venue(db, venue.id, zone=venue.zone, name=venue.name, now=NOON)
    assert planned(db) == set()


def test_only_named_fields_change(db):
    with pytest.raises(UnknownField):
        change_venue(db, make_venue(db).id, retired_at=NOON, now=NOON)
    with pytest.raises(UnknownField):
        change_screen(db, make_screen(db).id, code="AAAAAA", now=NOON)


def test_a_screen_is_added_with_a_code_and_a_key_of_its_own(db):
    venue = make_venue(db)
    one = add_screen(db, venue_id=venue.id, name="Car 1", tags=["B", "a ", "b"], now=NOON)
    other = add_screen(db, venue_id=venue.id, name="Lobby", kind="lobby", now=NOON)
    assert len(one.code) == 6
    assert not set(one.code) & set("AEIOU01L")
    assert (one.tags, other.kind) == (["a", "b"], ScreenKind.LOBBY)
    assert one.code != other.code
    assert one.presence_key != other.presence_key
    assert planned(db) == {venue.id}
    assert [screen.id for screen in screens_of(db, venue.id)] == [one.id, other.id]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": ""}, BadText),
        ({"kind": "roof"}, BadScreenKind),
        ({"tags": "lobby"}, BadTags),
        ({"tags": [str(n) for n in range(21)]}, BadTags),
        ({"bank": "x" * 41}, BadText),
        ({"width": 0}, BadNumber),
        ({"height": "1080"}, BadNumber),
        ({"wifi": "电梯" * 6}, BadWifi),
        ({"venue_id": "nowhere"}, NoVenue),
    ],
)
def test_an_impossible_value_of_a_screen_is_refused_with_a_remedy(db, wrong, error):
    with pytest.raises(error) as caught:
        add_screen(db, **{"venue_id": make_venue(db).id, "name": "Car 1", **wrong}, now=NOON)
    assert caught.value.remedy


def test_a_code_that_is_taken_is_drawn_again_and_a_retired_one_is_never_reused(db, monkeypatch):
    draws = iter(["BBBBBB", "BBBBBB", "CCCCCC"])
    monkeypatch.setattr(venues, "draw_code", lambda: next(draws))
    venue = make_venue(db)
    first = add_screen(db, venue_id=venue.id, name="Car 1", now=NOON)
    retire_screen(db, first.id, now=NOON)
    assert add_screen(db, venue_id=venue.id, name="Car 2", now=NOON).code == "CCCCCC"


def test_a_code_is_found_however_it_is_typed(db):
    screen = make_screen(db, code="BCD234")
    assert screen_of_code(db, " bcd-234 ").id == screen.id
    for wrong in ("BCD235", "", "\0"):
        with pytest.raises(NoScreen):
            screen_of_code(db, wrong)


def test_a_changed_screen_is_planned_anew(db):
    screen = make_screen(db)
    change_screen(db, screen.id, bank="north", sound=True, now=NOON)
    assert planned(db) == {screen.venue_id}


def test_a_retired_screen_is_out_of_use_and_its_player_free(db):
    screen = make_screen(db)
    player = make_player(db, screen=screen)
    retire_screen(db, screen.id, now=NOON)
    assert db.get_one(Player, player.id).screen_id is None
    with pytest.raises(ScreenRetired):
        change_screen(db, screen.id, name="Car 9", now=NOON)
    with pytest.raises(NoScreen):
        screen_of_code(db, screen.code)


def test_a_retired_venue_takes_its_screens_along(db):
    screen = make_screen(db)
    retire_venue(db, screen.venue_id, now=NOON)
    assert screens_of(db, screen.venue_id) == []
    with pytest.raises(VenueRetired):
        add_screen(db, venue_id=screen.venue_id, name="Car 2", now=NOON)


def test_a_venue_keeps_its_rules(db):
    hours = {"0": [[420, 540]]}
    rules = {
        "advert_free": hours,
        "advert_free_days": ["2026-12-13", "2026-04-05", "2026-12-13"],
        "barred": [{"category": " Toys ", "hours": hours}, {"category": "alcohol", "hours": {}}],
        "ride_s": 45,
    }
    venue = add_venue(db, name="Harbour Tower", **rules, now=NOON)
    whole = {**hours, **{weekday: [] for weekday in "123456"}}
    assert venue.advert_free == whole
    assert venue.advert_free_days == ["2026-04-05", "2026-12-13"]
    assert venue.barred == [{"category": "alcohol", "hours": {}}, {"category": "Toys", "hours": whole}]
    assert venue.ride_s == 45
    none = {weekday: [] for weekday in "0123456"}
    change_venue(db, venue.id, advert_free=none, advert_free_days=[], barred=[], now=NOON)
    assert (venue.advert_free, venue.advert_free_days, venue.barred) == ({}, [], [])


def test_a_rule_of_a_venue_is_planned_and_how_long_its_rides_take_is_not(db):
    venue = make_venue(db)
    change_venue(db, venue.id, ride_s=45, now=NOON)
    assert planned(db) == set()
    change_venue(db, venue.id, advert_free_days=["2026-12-13"], now=NOON)
    assert planned(db) == {venue.id}


def test_a_screen_that_was_retired_by_mistake_returns_with_its_player(db):
    screen = make_screen(db)
    player = make_player(db, screen=screen)
    retire_screen(db, screen.id, now=NOON)
    reinstate_screen(db, screen.id, now=NOON + timedelta(minutes=1))
    assert (screen.retired_at, player.screen_id) == (None, screen.id)
    assert reinstate_screen(db, screen.id, now=NOON).retired_at is None


def test_a_player_that_serves_another_screen_by_then_stays_there(db):
    screen, other = make_screen(db), make_screen(db, name="Car 2")
    player = make_player(db, screen=screen)
    retire_screen(db, screen.id, now=NOON)
    begin_service(db, player, other, now=NOON)
    reinstate_screen(db, screen.id, now=NOON + timedelta(minutes=1))
    assert player.screen_id == other.id


def test_a_venue_returns_with_the_screens_that_were_retired_along_with_it(db):
    venue = make_venue(db)
    before, along = make_screen(db, venue=venue), make_screen(db, venue=venue, name="Car 2")
    retire_screen(db, before.id, now=NOON)
    retire_venue(db, venue.id, now=NOON + timedelta(minutes=1))
    with pytest.raises(VenueRetired):
        reinstate_screen(db, before.id, now=NOON)
    reinstate_venue(db, venue.id, now=NOON + timedelta(minutes=2))
    assert screens_of(db, venue.id) == [along]
    assert planned(db) == {venue.id}
