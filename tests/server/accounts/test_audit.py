from __future__ import annotations

import pytest
from sqlmodel import Session

from server.accounts.audit import page_of_entries, record
from server.paging import PageRequest
from tests.factories import NOON, make_person


@pytest.fixture
def log(db: Session) -> Session:
    ada = make_person(db, name="Ada")
    record(db, ada.id, "venue added", "v", {"name": "滨江 100% Café"}, now=NOON)
    record(db, None, "screen added", "s", now=NOON)
    record(db, "gone", "venue retired", "v", {"fields": ["name"], "n": 7}, now=NOON)
    db.flush()
    return db


def found(db: Session, search: str, **more: int) -> list[str]:
    return [entry.action for entry in page_of_entries(db, PageRequest(search=search, **more))]


def test_the_newest_entry_is_first_and_pages_follow(log: Session) -> None:
    assert found(log, "") == ["venue retired", "screen added", "venue added"]
    assert found(log, "", per_page=2) == ["venue retired", "screen added"]
    assert found(log, "", per_page=2, page=2) == ["venue added"]


@pytest.mark.parametrize(
    ("search", "actions"),
    [
        ("ADDED", ["screen added", "venue added"]),
        ("ada", ["venue added"]),
        ("ada retired", []),
        ("滨江", ["venue added"]),
        ("café", ["venue added"]),
        ("100%", ["venue added"]),
        ("%", ["venue added"]),
        ("_", []),
        ("moon", []),
    ],
)
def test_entries_are_searched_by_action_person_and_facts(log: Session, search: str, actions: list[str]) -> None:
    assert found(log, search) == actions


def test_an_entry_has_its_facts_and_none_is_an_empty_object(log: Session) -> None:
    retired, added, _venue = page_of_entries(log, PageRequest())
    assert (retired.facts, added.facts, added.person_id) == ({"fields": ["name"], "n": 7}, {}, None)
