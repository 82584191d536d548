"""Screens from a CSV file: what it would do, and adding all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from server.accounts.rights import Right
from server.context import reading, transaction
from server.db import utc_now
from server.errors import Invalid
from server.screens.table.importing import Fault, ImportPlan, NewScreen, import_screens, plan_against
from server.web.identity.auth import actor, requires
from server.web.operator_api.blueprint import Body, Out, bp, json_body, one


class ImportFaulty(Invalid):
    """The table has faults, and nothing was added. Send it with `check_only` to read all of them."""


class ImportBody(Body):
    """csv: the text of the file, the names of the columns in its first line · check_only: add nothing"""

    csv: str
    check_only: bool = False


class ImportedScreenOut(Out):
    """`id` is empty where nothing was added."""

    line: int
    venue_id: str
    name: str
    id: str = ""


class ImportFaultOut(Out):
    """line: 0 for the whole file · like: what was probably meant, or the line where it was before"""

    line: int
    column: str
    value: str
    code: str
    message: str
    remedy: str
    like: str


class ImportOut(Out):
    """new: screens that are added, or would be · known: exist already and stay as they are · unread: unknown columns"""

    new: list[ImportedScreenOut]
    known: list[ImportedScreenOut]
    faults: list[ImportFaultOut]
    unread: list[str]


@bp.post("/screens/import")
@requires(Right.EDIT_SCREENS)
def import_table() -> ResponseReturnValue:
    """Add the screens of a CSV file, all or none, or with `check_only` say what that would do."""
    given = json_body(ImportBody)
    if given.check_only:
        with reading() as db:
            return one(ImportOut, plan_shown(plan_against(db, given.csv)))
    with transaction() as db:
        plan = plan_against(db, given.csv)
        if plan.faults:
            raise ImportFaulty(first_fault(plan.faults))
        screens = import_screens(db, plan, by=actor(), now=utc_now())
        return one(ImportOut, plan_shown(plan, [screen.id for screen in screens]), 201)


def first_fault(faults: Sequence[Fault]) -> str:
    fault = faults[0]
    where = f"Line {fault.line}: {fault.error.message}" if fault.line else fault.error.message
    return f"{where} Nothing was added; faults: {len(faults)}."


def plan_shown(plan: ImportPlan, ids: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "new": [screen_shown(new, id_) for new, id_ in zip(plan.new, ids or [""] * len(plan.new), strict=True)],
        "known": [screen_shown(known) for known in plan.known],
        "faults": [fault_shown(fault) for fault in plan.faults],
        "unread": plan.unread,
    }


def screen_shown(screen: NewScreen, id_: str = "") -> dict[str, Any]:
    return {"line": screen.line, "venue_id": screen.venue.id, "name": screen.name, "id": id_}


def fault_shown(fault: Fault) -> dict[str, Any]:
    error = fault.error
    said = {"code": error.code, "message": error.message, "remedy": error.remedy}
    return {"line": fault.line, "column": fault.column, "value": fault.value, "like": fault.like, **said}
