"""Pages of lists, and their search."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlmodel import Session, col, select

from server.campaigns.models import Advertiser
from server.paging import PageRequest, has_words, natural_key, page_of, read_page
from tests.factories import make_advertiser

BY_NAME = select(Advertiser).order_by(col(Advertiser.name), col(Advertiser.id))


def names(db: Session, request: PageRequest) -> list[str]:
    query = BY_NAME.where(has_words(col(Advertiser.name), request.words))
    return [row.name for row in read_page(db, query, request)]


def test_pages_together_hold_every_row_once(db: Session) -> None:
    for number in range(7):
        make_advertiser(db, name=f"Shop {number}")
    pages = [read_page(db, BY_NAME, PageRequest(page=number, per_page=3)) for number in (1, 2, 3)]
    assert [row.name for page in pages for row in page] == [f"Shop {number}" for number in range(7)]
    assert [(page.previous, page.next) for page in pages] == [(None, 2), (1, 3), (2, None)]
    assert [(page.first_row, page.last_row, page.total) for page in pages] == [(1, 3, 7), (4, 6, 7), (7, 7, 7)]


def test_a_page_past_the_last_is_empty_and_leads_back_to_the_last(db: Session) -> None:
    make_advertiser(db)
    page = read_page(db, BY_NAME, PageRequest(page=9))
    assert (list(page), page.total, page.previous, page.next) == ([], 1, 1, None)


def test_an_empty_list_has_one_page(db: Session) -> None:
    page = read_page(db, BY_NAME, PageRequest())
    assert (page.last, page.previous, page.next) == (1, None, None)


def test_rows_at_hand_are_cut_into_the_same_pages() -> None:
    pages = [page_of("abcdefg", PageRequest(page=number, per_page=3)) for number in (1, 2, 3, 4)]
    assert ["".join(page.rows) for page in pages] == ["abc", "def", "g", ""]
    assert [page.next for page in pages] == [2, 3, None, None]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["100% Juice", "Café Élan", "早餐 Bar"]),
        ("élan café", ["Café Élan"]),
        ("CAFE\u0301", ["Café Élan"]),
        ("餐 bar", ["早餐 Bar"]),
        ("%", ["100% Juice"]),
        ("juice tea", []),
    ],
)
def test_a_search_finds_rows_that_hold_every_word(db: Session, search: str, found: list[str]) -> None:
    for name in ("100% Juice", "Café Élan", "早餐 Bar"):
        make_advertiser(db, name=name)
    assert sorted(names(db, PageRequest(search=search))) == sorted(found)


@pytest.mark.parametrize("query", [{"page": 0}, {"page": "x"}, {"per_page": 501}, {"search": "a" * 81}])
def test_a_page_that_cannot_be_is_refused(query: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PageRequest.model_validate(query)


def test_names_are_sorted_as_people_count() -> None:
    names = ["Lift 10", "lift 2", "Lift 2b", "Lift", "2 North", "10 North", "Lift 02", "电梯 10", "电梯 9", "Lift ２０"]
    assert sorted(names, key=natural_key) == [
        "2 North", "10 North", "Lift", "lift 2", "Lift 02", "Lift 2b", "Lift 10", "Lift ２０", "电梯 9", "电梯 10",
    ]  # fmt: skip
