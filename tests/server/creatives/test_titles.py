from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session, select

from server.creatives.change import CreativeChange, change_creative
from server.creatives.items import items_for
from server.creatives.titles import cleaned, phone_title
from server.db import Job
from tests.factories import make_creative


def jobs(db: Session) -> list[str]:
    return [job.kind for job in db.exec(select(Job))]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("tea-house_1920x1080_final (2)", "tea house"),
        ("Spring sale v3.1 1080p", "Spring sale"),
        ("早餐高峰_4K_25fps", "早餐高峰"),
        ("Finale of the season", "Finale of the season"),
        ("Route 66", "Route 66"),
        ("final", ""),
        ("Tea draft final (2)", "Tea"),
        ("Our final sale", "Our final sale"),
        ("Copy shop", "Copy shop"),
        ("spring_final_cut", "spring cut"),
    ],
)
def test_a_cleaned_title_says_nothing_of_the_file(title: str, shown: str) -> None:
    assert cleaned(title) == shown


def test_phones_show_the_title_that_was_typed_for_them(db: Session, now: datetime) -> None:
    film = make_creative(db, title="tea v3", original_name="tea_v3.mp4")
    assert items_for(db, [(film.id, None)])[film.id].title == "tea"
    change_creative(db, film.id, CreativeChange(phone_title="Tea is ready"), now=now)
    assert items_for(db, [(film.id, None)])[film.id].title == "Tea is ready"
    assert jobs(db) == ["creative_ready"]


@pytest.mark.parametrize("title", ["Final Fantasy", "Our final sale", "Copy shop", "4K TV sale", "Tea_final"])
def test_a_typed_title_is_shown_as_it_is(db: Session, title: str) -> None:
    film = make_creative(db, title=title, original_name="tea_v3.mp4")
    assert phone_title(film) == title


def test_a_page_of_a_document_keeps_its_number(db: Session) -> None:
    page = make_creative(db, title="menu v3 (2/3)", original_name="menu_v3.pdf")
    assert phone_title(page) == "menu (2/3)"
    unnamed = make_creative(db, title="final (2/3)", original_name="final.pdf")
    assert phone_title(unnamed) == "final (2/3)"


def test_a_file_name_that_says_nothing_else_is_shown_as_it_is(db: Session) -> None:
    film = make_creative(db, title="final", original_name="final.mp4")
    assert items_for(db, [(film.id, None)])[film.id].title == "final"
