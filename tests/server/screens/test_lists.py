"""Lists of screens: what needs a hand first, in the order in which people count, found by what they know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from server.paging import PageRequest
from server.screens.health import ScreenState
from server.screens.lists import ScreenOrder, ScreensQuery, listed_screens, page_of_screens, page_of_venues
from server.screens.models import Venue
from tests.factories import NOON, make_player, make_screen, make_venue

WELL = {"clock_trusted": True}


def add(db: Session, name: str, state: ScreenState = ScreenState.WELL, **more: object) -> None:
    screen = make_screen(db, name=name, **more)
    seen = {ScreenState.OFFLINE: NOON - timedelta(hours=1)}.get(state, NOON)
    status = WELL | ({"display": "no HDMI"} if state is ScreenState.TROUBLED else {})
    if state is not ScreenState.NEVER_ENROLLED:
        make_player(db, screen=screen, seen_at=seen, held_version=1, status=status)


def names(db: Session, **query: object) -> list[str]:
    return [row.screen.name for row in page_of_screens(db, ScreensQuery(**query), now=NOON).page]


def test_lift_2_precedes_lift_10(db):
    venue, tenth = make_venue(db, name="Tower 2"), make_venue(db, name="Tower 10")
    for name in ("Lift 10", "lift 2", "Lift 1"):
        add(db, name, venue=venue)
    add(db, "Lift 0", venue=tenth)
    assert names(db) == ["Lift 1", "lift 2", "Lift 10", "Lift 0"]
    assert [row.screen.name for row in listed_screens(db, now=NOON)] == ["Lift 1", "lift 2", "Lift 10", "Lift 0"]
    assert names(db, order=ScreenOrder.NAME) == ["Lift 0", "Lift 1", "lift 2", "Lift 10"]


def test_troubled_screens_are_first_and_screens_without_a_player_are_counted_apart(db):
    venue = make_venue(db)
    for name, state in (("A", "well"), ("B", "troubled"), ("C", "never_enrolled"), ("D", "offline")):
        add(db, name, ScreenState(state), venue=venue)
    listed = page_of_screens(db, ScreensQuery(), now=NOON)
    assert [row.screen.name for row in listed.page] == ["D", "B", "A"]
    assert (listed.left_out, listed.counts.total(), listed.counts[ScreenState.OFFLINE]) == (1, 4, 1)
    assert names(db, order=ScreenOrder.SEEN) == ["D", "A", "B"]
    assert {state.value: names(db, state=state) for state in ScreenState} == {
        "offline": ["D"],
        "troubled": ["B"],
        "well": ["A"],
        "never_enrolled": ["C"],
    }


def test_screens_without_a_player_are_listed_where_there_are_no_others_or_where_they_are_looked_for(db):
    venue = make_venue(db)
    add(db, "Lift 1", ScreenState.NEVER_ENROLLED, venue=venue)
    assert names(db) == ["Lift 1"]
    add(db, "Lift 2", venue=venue)
    assert names(db) == ["Lift 2"]
    assert names(db, search="lift") == ["Lift 2", "Lift 1"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("lift", ["Lift 1", "Lift 2"]),
        ("harbour lift 1", ["Lift 1"]),
        ("滨江", ["客梯"]),
        ("east", ["Lift 2"]),
        ("toys", ["Lift 1"]),
        ("北楼", ["客梯"]),
        ("bcd", ["Lift 1"]),
        ("BCD-234", ["Lift 1"]),
        ("bc", []),
        ("5317", []),
        ("u697c", []),
        ("100%", []),
        ("_ift", []),
    ],
)
def test_a_screen_is_found_by_name_venue_bank_tag_and_the_beginning_of_its_code(db, search, found):
    harbour, river = make_venue(db), make_venue(db, name="滨江大厦")
    add(db, "Lift 1", venue=harbour, tags=["toys"], code="BCD234")
    add(db, "Lift 2", venue=harbour, bank="east", code="GHJ567")
    add(db, "客梯", venue=river, tags=["北楼"], code="KMN789")
    assert names(db, search=search) == found


def test_a_venue_and_a_page_narrow_the_list(db):
    venue = make_venue(db)
    for number in range(1, 6):
        add(db, f"Lift {number}", venue=venue)
    add(db, "Elsewhere", venue=make_venue(db, name="Quay"))
    assert names(db, venue=venue.id, per_page=2, page=3) == ["Lift 5"]
    assert page_of_screens(db, ScreensQuery(venue=venue.id, per_page=2), now=NOON).page.total == 5


def test_venues_are_found_and_sorted_as_people_count_and_the_unplanned_come_first(db):
    for name, address in (("Tower 10", "1 Quay Road"), ("Tower 2", "滨江路 5 号"), ("Arcade", "")):
        make_screen(db, venue=make_venue(db, name=name, address=address))
    make_venue(db, name="Unplanned", plan_failed_at=NOON)
    make_venue(db, name="Gone", retired_at=NOON)
    make_screen(db, venue=db.exec(select(Venue).where(Venue.name == "Arcade")).one(), retired_at=NOON, name="Old")
    page = page_of_venues(db, PageRequest())
    names = [(row.venue.name, row.screens) for row in page]
    assert names == [("Unplanned", 0), ("Arcade", 1), ("Tower 2", 1), ("Tower 10", 1)]
    assert [row.venue.name for row in page_of_venues(db, PageRequest(search="tower 滨江"))] == ["Tower 2"]
