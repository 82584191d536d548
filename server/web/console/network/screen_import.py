"""Screens from a CSV file: choose or paste it, look at what it would do, add all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from server.accounts.rights import Right
from server.context import reading, transaction
from server.csv_export import csv_line
from server.db import utc_now
from server.errors import Invalid, LiftcastError
from server.screens.table.importing import COLUMNS, Fault, ImportPlan, import_screens, plan_against
from server.screens.table.sheet import decode_csv
from server.screens.venues import venues_in_use
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.console.sales.report import as_file
from server.web.identity.auth import actor, requires
from server.web.words.language import say_many as _n

LINES_SHOWN = 5
FAULTS_SHOWN = 50
SCREENS_SHOWN = 10
# The sample's columns besides the venue: a name, and one way to fill each other column.
SAMPLE = (
    ("Car 1", "car", "north, tower-a", "east", 1920, 1080, "no", "yes", ""),
    ("Car 2", "car", "north", "east", 1920, 1080, "no", "yes", ""),
    ("Lobby", "lobby", "", "", 1080, 1920, "yes", "yes", ""),
)


class NoFile(Invalid):
    """No file was chosen, and nothing was pasted. Choose a CSV file, or paste the table."""


@dataclass(frozen=True)
class SharedFault:
    """The same fault in several lines: the first of them, and how many follow."""

    fault: Fault
    lines: Sequence[int]
    more: int


@bp.get("/screens/import")
@requires(Right.EDIT_SCREENS)
def import_form() -> ResponseReturnValue:
    return import_page("")


@bp.post("/screens/import")
@requires(Right.EDIT_SCREENS)
def read_import() -> ResponseReturnValue:
    """Show what the table would do; add its screens if just that was shown before."""
    file, text = request.files.get("file"), request.form.get("text", "")
    chosen = file is not None and bool(file.filename)
    if request.form.get("do") == "add" and not chosen:
        return _add(text)
    try:
        text = _given_text(file.read() if file and chosen else None, text)
    except LiftcastError as error:
        return import_page(text, trouble=error), error.status
    with reading() as db:
        plan = plan_against(db, text)
    return import_page(text, plan), Invalid.status if plan.faults else 200


def _given_text(raw: bytes | None, pasted: str) -> str:
    if raw is not None:
        return decode_csv(raw)
    if not pasted.strip():
        raise NoFile
    return pasted


def _add(text: str) -> ResponseReturnValue:
    with transaction() as db:
        plan = plan_against(db, text)
        screens = [] if plan.faults else import_screens(db, plan, by=actor(), now=utc_now())
    if plan.faults:
        return import_page(text, plan), Invalid.status
    added = _n("%(num)s screen is added.", "%(num)s screens are added.", len(screens))
    return moved_to("console.screens", added)


def import_page(text: str, plan: ImportPlan | None = None, trouble: LiftcastError | None = None) -> str:
    with reading() as db:
        some_venue = bool(venues_in_use(db))
    faults = list(_shared(plan.faults)) if plan else []
    return render_template(
        "console/screen_import.html",
        text=text,
        plan=plan,
        trouble=trouble,
        faults=faults[:FAULTS_SHOWN],
        more_faults=len(faults) - FAULTS_SHOWN,
        columns=COLUMNS,
        shown=SCREENS_SHOWN,
        some_venue=some_venue,
    )


def _shared(faults: Sequence[Fault]) -> Iterator[SharedFault]:
    """Equal faults as one, in the order of their first lines: a misspelt venue may be in a thousand lines."""

    def kind(fault: Fault) -> tuple[str, ...]:
        return (fault.column, fault.value, fault.error.code, fault.error.message, fault.like)

    groups = [list(group) for _kind, group in groupby(sorted(faults, key=kind), key=kind)]
    for group in sorted(groups, key=lambda group: group[0].line):
        yield SharedFault(group[0], [fault.line for fault in group[:LINES_SHOWN]], max(0, len(group) - LINES_SHOWN))


@bp.get("/screens/import/sample.csv")
@requires(Right.EDIT_SCREENS)
def import_sample() -> ResponseReturnValue:
    with reading() as db:
        venues = venues_in_use(db)
    name = venues[0].name if venues else "Harbour Tower"
    lines = [csv_line(*COLUMNS), *(csv_line(name, *row) for row in SAMPLE)]
    return as_file(iter(lines), "liftcast-screens.csv")
