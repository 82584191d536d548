from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from server.campaigns.models import NoticeRun
from server.creatives.accept import RefusedMedia
from server.creatives.lists import CreativeFilter, all_creatives
from server.creatives.models import Creative, CreativeState
from server.creatives.notices import (
    EmptyNotice,
    LengthOutOfRange,
    check_notice,
    heading_of,
    prepare_emergency,
    type_notice,
)
from server.db import Job
from tests.factories import make_venue


def typed(db: Session, now: datetime, **more: Any) -> Creative:
    given = {"venue_id": None, "text": "Lift 2 is out of order.", "title": "", "length_ms": 8000, "language": "en"}
    return type_notice(db, by="person", now=now, **{**given, **more})


def jobs(db: Session) -> list[tuple[str, str]]:
    return [(job.kind, job.subject) for job in db.exec(select(Job))]


def test_a_typed_notice_waits_for_its_card(db: Session, now: datetime) -> None:
    venue = make_venue(db)
    notice = typed(db, now, venue_id=venue.id, text="  今晚停水\r\n请提前储水\x07 ", language="zh")
    assert (notice.kind, notice.venue_id, notice.length_ms) == ("notice", venue.id, 8000)
    assert notice.text == "今晚停水\n请提前储水"
    assert notice.title == "今晚停水"
    assert jobs(db) == [("draw", notice.id)]


def test_a_notice_that_says_nothing_is_refused(db: Session, now: datetime) -> None:
    with pytest.raises(EmptyNotice):
        typed(db, now, text=" \n ")


@pytest.mark.parametrize(
    ("text", "code"),
    [("字" * 900, "too_much_text"), ("字" * 2001, "too_much_text"), ("party \U00030001", "undrawable_text")],
)
def test_text_that_cannot_be_shown_is_refused_while_it_is_typed(text: str, code: str) -> None:
    with pytest.raises(RefusedMedia) as refused:
        check_notice(text, title="")
    assert refused.value.code == code


@pytest.mark.parametrize("length_ms", [0, 999, 600_001])
def test_a_card_is_shown_between_a_second_and_ten_minutes(db: Session, now: datetime, length_ms: int) -> None:
    with pytest.raises(LengthOutOfRange):
        typed(db, now, length_ms=length_ms)


@pytest.mark.parametrize(
    ("title", "text", "heading"),
    [
        ("Fire drill", "Fire drill at ten", "Fire drill"),
        ("Fire drill at ten", "Fire drill at ten\nStay calm", ""),
        ("Water", "Shut off on Tuesday", "Water"),
    ],
)
def test_a_heading_is_drawn_unless_it_is_the_texts_first_line(title: str, text: str, heading: str) -> None:
    assert heading_of(title, text) == heading


def test_an_emergency_text_is_drawn_and_neither_run_nor_listed_among_creatives(db: Session, now: datetime) -> None:
    text = prepare_emergency(db, text="Leave by the stairs", title="", language="en", by=None, now=now)
    assert (text.kind, text.title, text.state) == ("emergency", "Leave by the stairs", CreativeState.PROCESSING)
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("draw", text.id)]
    assert db.exec(select(NoticeRun)).all() == []
    assert all_creatives(db, CreativeFilter()) == []
    assert [row.creative.id for row in all_creatives(db, CreativeFilter(kind="emergency"))] == [text.id]
