"""Screens from a CSV file: what it would add, what is wrong with it, and all or nothing."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import pytest
from sqlmodel import select

from server.accounts.models import AuditEntry
from server.db import Job
from server.screens import venues as domain
from server.screens.models import Screen, ScreenKind, Venue
from server.screens.table import importing
from server.screens.table.importing import (
    MOST_GUESSES,
    MOST_ROWS,
    ImportChanged,
    ImportPlan,
    import_screens,
    plan_against,
    plan_import,
)
from tests.factories import NOON, make_screen, make_venue

TOWER = Venue(id="tower", name="Harbour Tower", created_at=NOON)
VENUES = [TOWER, Venue(id="river", name="滨江大厦", created_at=NOON)]


def planned(text: str, known: set[tuple[str, str]] | None = None) -> ImportPlan:
    return plan_import(text, VENUES, known or set())


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were compared with those of all venues."""
    names: list[str] = []

    def compare(name: str, *more: Any, **options: Any) -> list[str]:
        names.append(name)
        return get_close_matches(name, *more, **options)

    monkeypatch.setattr(importing, "get_close_matches", compare)
    return names


def test_a_misspelt_venue_is_guessed_once_for_all_of_its_screens(compared: list[str]) -> None:
    found = planned("venue,name\n" + "".join(f"Harbor Tower,Lift {n}\n" for n in range(200))).faults
    assert {fault.like for fault in found} == {"Harbour Tower"}
    assert compared == ["harbor tower"]


def test_many_misspelt_venues_are_named_and_only_a_few_guessed(compared: list[str]) -> None:
    found = planned("venue,name\n" + "".join(f"Harbour Tower {n},Lift\n" for n in range(200))).faults
    assert [fault.value for fault in found] == [f"Harbour Tower {n}" for n in range(200)]
    assert [fault.like for fault in found] == ["Harbour Tower"] * MOST_GUESSES + [""] * (200 - MOST_GUESSES)
    assert len(compared) == MOST_GUESSES


def faults(text: str) -> list[tuple[int, str, str, str]]:
    """Line, column, value and the error's code."""
    found = planned(text).faults
    assert all(fault.error.remedy for fault in found)
    return [(fault.line, fault.column, fault.value, fault.error.code) for fault in found]


def test_every_column_fills_its_field() -> None:
    plan = planned(
        "Venue,Name,Kind,Tags,Bank,Width,Height,Sound,Strip,WiFi\n"
        'harbour  TOWER,Lift 2,lift,"North, tower-a",east,1080,1920.0,yes,no,Harbour WiFi\n'
    )
    assert plan.faults == ()
    assert [(new.line, new.venue) for new in plan.new] == [(2, TOWER)]
    assert plan.new[0].fields == {
        "name": "Lift 2",
        "kind": ScreenKind.CAR,
        "tags": ["north", "tower-a"],
        "bank": "east",
        "width": 1080,
        "height": 1920,
        "sound": True,
        "strip": False,
        "wifi": "Harbour WiFi",
    }


def test_columns_and_words_may_be_chinese() -> None:
    plan = planned("名称;场所;位置;声音;标签\n客梯 2;滨江大厦;大堂;是;北楼、东侧\n")
    assert plan.new[0].venue.id == "river"
    assert plan.new[0].fields == {
        "name": "客梯 2",
        "kind": ScreenKind.LOBBY,
        "sound": True,
        "tags": ["东侧", "北楼"],
    }


def test_an_empty_or_missing_cell_leaves_the_default_of_a_new_screen() -> None:
    plan = planned("venue,name,kind,width\nHarbour Tower,Lift 1,,\nHarbour Tower,Lift 2\n")
    assert [dict(new.fields) for new in plan.new] == [{"name": "Lift 1"}, {"name": "Lift 2"}]


def test_a_column_that_is_not_known_is_named_and_not_read() -> None:
    plan = planned("floor,venue,name,\n3,Harbour Tower,Lift 1,\n")
    assert (plan.unread, len(plan.new), plan.faults) == (("floor",), 1, ())


def test_a_screen_that_exists_stays_as_it_is() -> None:
    plan = planned("venue,name\nHarbour Tower,LIFT 1\nHarbour Tower,Lift 2\n", {("tower", "lift 1")})
    assert [new.name for new in plan.new] == ["Lift 2"]
    assert [old.name for old in plan.known] == ["LIFT 1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(0, "", "", "no_rows")]),
        ("venue,name\n\n", [(0, "", "", "no_rows")]),
        ("name\nLift 1\n", [(1, "venue", "", "column_missing")]),
        ("Harbour Tower,A\nHarbour Tower,B\n", [(1, "venue", "", "column_missing"), (1, "name", "", "column_missing")]),
        ("venue,name,Screen\na,b,c\n", [(1, "name", "", "column_twice")]),
        ('venue,name\nHarbour Tower,"Lift 1\n', [(2, "", "", "open_quote")]),
        ("venue,name\nHarbour Tower,Lift 1,car\n", [(2, "", "car", "too_many_cells")]),
        ("venue,name\n,Lift 1\nHarbour Tower,\n", [(2, "venue", "", "cell_missing"), (3, "name", "", "cell_missing")]),
        ("venue,name\nMoon Tower,Lift 1\n", [(2, "venue", "Moon Tower", "unknown_venue_name")]),
        ("venue,name\nHarbour Tower,Lift 1\n\nharbour tower,lift  1\n", [(4, "name", "lift 1", "name_twice")]),
        ("venue,name,kind\nHarbour Tower,Lift 1,roof\n", [(2, "kind", "roof", "bad_screen_kind")]),
        ("venue,name,width\nHarbour Tower,Lift 1,wide\n", [(2, "width", "wide", "not_whole_number")]),
        ('venue,name,width\nHarbour Tower,Lift 1,"1,920"\n', [(2, "width", "1,920", "not_whole_number")]),
        ("venue,name,width\nHarbour Tower,Lift 1,8\n", [(2, "width", "8", "bad_number")]),
        ("venue,name,sound\nHarbour Tower,Lift 1,loud\n", [(2, "sound", "loud", "not_yes_no")]),
        ("venue,name\nHarbour Tower,Lift\u200b1\n", [(2, "name", "Lift\u200b1", "bad_text")]),
    ],
)  # fmt: skip
def test_a_fault_names_line_column_and_remedy(text: str, found: list[tuple[int, str, str, str]]) -> None:
    assert faults(text) == found


def test_every_fault_is_found_at_once() -> None:
    lines = "\n".join(f"Moon,Lift {nth},roof" for nth in range(3))
    assert len(planned(f"venue,name,kind\n{lines}\n").faults) == 6


def test_a_misspelt_venue_gets_a_suggestion_and_a_duplicate_name_its_line() -> None:
    assert planned("venue,name\nHarbor Tower,Lift 1\n").faults[0].like == "Harbour Tower"
    assert planned("venue,name\nHarbour Tower,A\nHarbour Tower,A\n").faults[0].like == "2"


def test_a_name_of_several_venues_names_none_of_them() -> None:
    plan = plan_import("venue,name\nTower,A\n", [Venue(id=id_, name="Tower", created_at=NOON) for id_ in "ab"], set())
    assert [fault.error.code for fault in plan.faults] == ["shared_venue_name"]


def test_thousands_of_rows_are_read_and_more_than_that_are_refused() -> None:
    rows = [f"Harbour Tower,Lift {nth}" for nth in range(MOST_ROWS + 1)]
    assert len(planned("\n".join(["venue,name", *rows[:-1]])).new) == MOST_ROWS
    assert faults("\n".join(["venue,name", *rows])) == [(0, "", "", "too_many_rows")]


def test_screens_are_added_with_codes_of_their_own(db, monkeypatch):
    """Two draws are the same here, and one is a retired screen's: the next draws decide."""
    venue = make_venue(db)
    make_screen(db, venue=venue, code="TAKEN2", name="Old", retired_at=NOON)
    codes = iter(["TAKEN2", "BBBBBB", "BBBBBB", "CCCCCC", "DDDDDD"])
    monkeypatch.setattr(domain, "draw_code", lambda: next(codes))
    rows = "".join(f"Harbour Tower,Lift {nth}\n" for nth in (1, 2, 3))
    added = import_screens(db, plan_against(db, f"venue,name\n{rows}"), by="someone", now=NOON)
    assert sorted(screen.code for screen in added) == ["BBBBBB", "CCCCCC", "DDDDDD"]
    in_use = db.exec(select(Screen).where(Screen.venue_id == venue.id, Screen.name != "Old")).all()
    assert {(screen.name, screen.code) for screen in in_use} == {(screen.name, screen.code) for screen in added}
    assert {screen.strip for screen in in_use} == {True}
    assert [(entry.subject, entry.facts["screens"]) for entry in db.exec(select(AuditEntry))] == [(venue.id, 3)]
    assert {(job.kind, job.subject) for job in db.exec(select(Job))} == {("allot", ""), ("plan", venue.id)}


def test_the_same_file_twice_adds_nothing(db):
    make_venue(db)
    text = "venue,name\nHarbour Tower,Lift 1\n"
    import_screens(db, plan_against(db, text), now=NOON)
    again = plan_against(db, text)
    assert (len(again.new), len(again.known)) == (0, 1)
    assert import_screens(db, again, now=NOON) == []


def test_a_file_with_one_fault_adds_nothing(db):
    make_venue(db)
    plan = plan_against(db, "venue,name\nHarbour Tower,Lift 1\nMoon,Lift 2\n")
    with pytest.raises(ImportChanged):
        import_screens(db, plan, now=NOON)
    assert db.exec(select(Screen)).all() == []
