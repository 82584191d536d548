"""Import screens from a CSV file: list what it would add, or its mistakes; then add all of it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

from sqlmodel import Session, col, select

from server.accounts.audit import record
from server.db import new_id
from server.errors import Conflict, Invalid, LiftcastError
from server.screens.forms import ScreenFields, read_field
from server.screens.models import Screen, Venue
from server.screens.replan import queue_allotment
from server.screens.table.sheet import OpenQuote, Record, UnreadableLine, read_records
from server.screens.venues import SCREEN_CHECKS, insert_screens, venues_in_use

MOST_ROWS = 10_000
MOST_GUESSES = 20  # different names of venues
REQUIRED = ("venue", "name")
# The accepted names of each column, in any case; messages use the first one.
COLUMNS = {
    "venue": ("venue", "building", "场所", "楼宇"),
    "name": ("name", "screen", "名称", "屏幕"),
    "kind": ("kind", "position", "位置"),
    "tags": ("tags", "tag", "标签"),
    "bank": ("bank", "屏组"),
    "width": ("width", "宽度"),
    "height": ("height", "高度"),
    "sound": ("sound", "声音"),
    "strip": ("strip", "屏幕条"),
    "wifi": ("wifi", "wi-fi"),
}


class ColumnMissing(Invalid):
    """The first line does not name this column. Name the columns in the first line; venue and name must be there."""


class ColumnTwice(Invalid):
    """The first line names this column twice. Take one of the two out."""


class NoRows(Invalid):
    """The file lists no screen. Write one screen on each line below the names of the columns."""


class TooManyRows(Invalid):
    """The file lists more than 10,000 screens. Divide it into several files."""


class TooManyCells(Invalid):
    """This line has more cells than the first line has columns. Put quotation marks around a cell with commas."""


class CellMissing(Invalid):
    """This cell is empty. Fill it in."""


class UnknownVenueName(Invalid):
    """There is no venue of this name. Correct the name, or add the venue first."""


class SharedVenueName(Invalid):
    """Several venues have this name. Rename one of them first."""


class NameTwice(Invalid):
    """The file lists this name twice in one venue. Give each screen of a venue a name of its own."""


class ImportChanged(Conflict):
    """The list no longer fits what is there. Look at what it would do now, and decide again."""


@dataclass(frozen=True)
class Fault:
    """A mistake in a line (0: in the whole file). `like`: the value that was probably meant, or where it was seen
    before."""

    line: int
    column: str
    value: str
    error: LiftcastError
    like: str = ""


@dataclass(frozen=True)
class NewScreen:
    line: int
    venue: Venue
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields["name"])


@dataclass(frozen=True)
class ImportPlan:
    """new: screens to be added · known: screens that exist already and stay as they are · unread: unknown columns"""

    new: tuple[NewScreen, ...] = ()
    known: tuple[NewScreen, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()


def plan_import(text: str, venues: Iterable[Venue], known: Collection[tuple[str, str]]) -> ImportPlan:
    """The import that this CSV text would make. `known`: venue id and folded name of each screen in use."""
    try:
        records = read_records(text)
    except UnreadableLine as error:
        return _refusal(OpenQuote(), line=error.line)
    if len(records) < 2:
        return _refusal(NoRows())
    if len(records) > MOST_ROWS + 1:
        return _refusal(TooManyRows())
    head = _read_head(records[0])
    if head.faults:
        return ImportPlan(faults=tuple(head.faults), unread=tuple(head.unread))
    rows = _Rows(head.columns, _by_name(venues))
    for row in records[1:]:
        rows.read(row)
    new = tuple(screen for screen in rows.screens if (screen.venue.id, fold(screen.name)) not in known)
    old = tuple(screen for screen in rows.screens if (screen.venue.id, fold(screen.name)) in known)
    return ImportPlan(new, old, tuple(rows.faults), tuple(head.unread))


def plan_against(db: Session, text: str) -> ImportPlan:
    """The plan with the venues and screens that are in use now."""
    names = db.exec(select(Screen.venue_id, Screen.name).where(col(Screen.retired_at).is_(None)))
    return plan_import(text, venues_in_use(db), {(venue_id, fold(name)) for venue_id, name in names})


def import_screens(db: Session, plan: ImportPlan, *, by: str | None = None, now: datetime) -> list[Screen]:
    """Add every new screen of the plan, or none. Raises ImportChanged for a plan with faults."""
    if plan.faults:
        raise ImportChanged
    screens = [_new_row(new, now) for new in plan.new]
    insert_screens(db, screens)
    venues = {new.venue.id: new.venue for new in plan.new}
    for venue_id, count in Counter(screen.venue_id for screen in screens).items():
        record(db, by, "screens added", venue_id, {"name": venues[venue_id].name, "screens": count}, now=now)
    if screens:
        queue_allotment(db, venues, now=now)
    return screens


def _new_row(new: NewScreen, now: datetime) -> Screen:
    """The row with its id and all fields given: SQLModel would need a millisecond a row to compute their defaults, in
    ten thousand rows."""
    given = {**ScreenFields().model_dump(), **new.fields}
    return Screen(id=new_id(), venue_id=new.venue.id, code="", presence_key="", created_at=now, **given)


def fold(name: str) -> str:
    return " ".join(name.split()).casefold()


# --- the first line


@dataclass
class _Head:
    """columns: the field of each column, empty for one that is not read"""

    columns: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def _read_head(record: Record) -> _Head:
    fields = {name: field for field, names in COLUMNS.items() for name in names}
    head = _Head(columns=[fields.get(cell.casefold(), "") for cell in record.cells])
    head.unread = [cell for cell, column in zip(record.cells, head.columns, strict=True) if cell and not column]
    counts = Counter(head.columns)
    missing = [Fault(record.line, column, "", ColumnMissing()) for column in REQUIRED if not counts[column]]
    twice = [Fault(record.line, column, "", ColumnTwice()) for column in COLUMNS if counts[column] > 1]
    head.faults = missing + twice
    return head


def _refusal(error: LiftcastError, *, line: int = 0) -> ImportPlan:
    return ImportPlan(faults=(Fault(line, "", "", error),))


# --- the other lines


class _Rows:
    """Reads line after line, and remembers where each name was seen."""

    def __init__(self, columns: list[str], venues: Mapping[str, list[Venue]]) -> None:
        self.columns, self.venues = columns, venues
        self.screens: list[NewScreen] = []
        self.faults: list[Fault] = []
        self._seen: dict[tuple[str, str], int] = {}
        self._guesses: dict[str, str] = {}

    def read(self, row: Record) -> None:
        if any(row.cells[len(self.columns) :]):
            self._fault(row, "", row.cells[len(self.columns)], TooManyCells())
            return
        given = dict(zip_longest(self.columns, row.cells[: len(self.columns)], fillvalue=""))
        cells = {column: cell for column, cell in given.items() if column}
        venue = self._venue(row, cells["venue"])
        fields = self._fields(row, cells)
        if venue is not None and "name" in fields and self._is_new(row, venue, fields["name"]):
            self.screens.append(NewScreen(row.line, venue, fields))

    def _venue(self, row: Record, name: str) -> Venue | None:
        found = self.venues.get(fold(name), [])
        if len(found) == 1:
            return found[0]
        error = SharedVenueName() if found else UnknownVenueName() if name else CellMissing()
        self._fault(row, "venue", name, error, like=self._guess(fold(name)) if name and not found else "")
        return None

    def _guess(self, name: str) -> str:
        """The venue that is probably meant. Comparing a name with all venues is slow, so only a few are guessed."""
        if name not in self._guesses and len(self._guesses) < MOST_GUESSES:
            near = get_close_matches(name, self.venues, n=1, cutoff=0.7)
            self._guesses[name] = self.venues[near[0]][0].name if near else ""
        return self._guesses.get(name, "")

    def _fields(self, row: Record, cells: Mapping[str, str]) -> dict[str, Any]:
        """The values of the screen's fields; an empty cell leaves a field as it is for every new screen."""
        if not cells["name"]:
            self._fault(row, "name", "", CellMissing())
        fields: dict[str, Any] = {}
        for column in [column for column, cell in cells.items() if cell and column != "venue"]:
            try:
                fields[column] = SCREEN_CHECKS[column](_read_cell(column, cells[column]))
            except LiftcastError as error:
                self._fault(row, column, cells[column], error)
        return fields

    def _is_new(self, row: Record, venue: Venue, name: str) -> bool:
        before = self._seen.setdefault((venue.id, fold(name)), row.line)
        if before != row.line:
            self._fault(row, "name", name, NameTwice(), like=str(before))
        return before == row.line

    def _fault(self, row: Record, column: str, value: str, error: LiftcastError, like: str = "") -> None:
        self.faults.append(Fault(row.line, column, value, error, like))


def _by_name(venues: Iterable[Venue]) -> dict[str, list[Venue]]:
    named: dict[str, list[Venue]] = {}
    for venue in venues:
        named.setdefault(fold(venue.name), []).append(venue)
    return named


def _read_cell(column: str, cell: str) -> Any:
    """The cell's value. Between tags a table may have bars, because commas would need quotation marks."""
    return read_field(column, cell.replace("|", ",") if column == "tags" else cell)
