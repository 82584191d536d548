"""Pages of a list, and the search that goes with them.

A view parses a `PageRequest` from its query. A domain's `lists.py` makes a `Page` of it: with `read_page` where the
database can order and search, with `page_of` where the rows have to be ordered here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, and_, func, or_, select

from media.integers import ceil_div

PER_PAGE, MOST_PER_PAGE, MOST_PAGES = 50, 500, 1_000_000
LONGEST_SEARCH = 80

T = TypeVar("T")
Other = TypeVar("Other")
Named = TypeVar("Named", bound="HasName")


class HasName(Protocol):
    id: str
    name: str


class PageRequest(BaseModel):
    """search: words that a row must contain, all of them · page: from 1 · per_page: rows of a full page"""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    search: str = Field("", max_length=LONGEST_SEARCH)
    page: int = Field(1, ge=1, le=MOST_PAGES)
    per_page: int = Field(PER_PAGE, ge=1, le=MOST_PER_PAGE)

    @property
    def words(self) -> list[str]:
        return self.search.split()

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


class ArchiveQuery(PageRequest):
    """archived: what is archived, instead of what is in use"""

    archived: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.search or self.archived)


@dataclass(frozen=True)
class Page(Generic[T]):
    """rows: of this page · total: rows of all pages · number: of this page, from 1; past the last it has no rows"""

    rows: Sequence[T]
    total: int
    number: int = 1
    size: int = PER_PAGE

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def last(self) -> int:
        return max(1, ceil_div(self.total, self.size))

    @property
    def previous(self) -> int | None:
        return min(self.number - 1, self.last) if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last else None

    @property
    def first_row(self) -> int:
        """The number of its first row in the whole list, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1

    def with_rows(self, rows: Iterable[Other]) -> Page[Other]:
        """The same page, with something else made of each row."""
        return replace(self, rows=list(rows))  # type: ignore[arg-type,return-value]


def read_page(db: Session, query: Any, request: PageRequest) -> Page[Any]:
    """The page of an ordered SELECT. Its order must be total: end it with an id."""
    total = db.exec(select(func.count()).select_from(query.order_by(None).subquery())).one()
    rows = db.exec(query.offset(request.offset).limit(request.per_page)).all()
    return Page(rows, total, request.page, request.per_page)


def page_of(rows: Sequence[T], request: PageRequest) -> Page[T]:
    """The page of rows that are all at hand, in their order."""
    shown = rows[request.offset : request.offset + request.per_page]
    return Page(shown, len(rows), request.page, request.per_page)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """To sort names as people count: Lift 2 before Lift 10, in any case."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def sorted_by_name(rows: Iterable[Named]) -> list[Named]:
    return sorted(rows, key=lambda row: (natural_key(row.name), row.id))


def has_words(searched: Any, words: Iterable[str]) -> Any:
    """Where the column (or several, joined) contains every word, in any case."""
    return and_(True, *(contains(searched, word) for word in words))


def text_has_words(text: str, words: Iterable[str]) -> bool:
    """The same of a text that is at hand."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return all(unicodedata.normalize("NFC", word).casefold() in plain for word in words)


def contains(searched: Any, part: str) -> Any:
    return or_(*(searched.icontains(way, autoescape=True) for way in _ways(unicodedata.normalize("NFC", part))))


def json_contains(written: Any, part: str) -> Any:
    """The same of a column of JSON text, in which letters beyond ASCII are escapes."""
    escaped = (json.dumps(way)[1:-1] for way in _ways(unicodedata.normalize("NFC", part)))
    return or_(*(written.icontains(way, autoescape=True) for way in escaped))


def _ways(word: str) -> Iterator[str]:
    """SQLite knows capitals of ASCII only."""
    yield word
    if not word.isascii():
        yield from {word.lower(), word.upper(), word.capitalize()} - {word}
