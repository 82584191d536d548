"""The audit log: who did what, with things by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.audit import page_of_entries
from server.accounts.models import AuditEntry
from server.accounts.rights import Right
from server.context import reading
from server.paging import PageRequest
from server.web.console import words
from server.web.console.blueprint import bp
from server.web.console.people.things import Thing, things_of
from server.web.forms import read_query
from server.web.identity.auth import requires

NAMES = ("name", "title")
KNOWN: dict[str, Mapping[Any, Any]] = {"role": words.ROLES, "do": words.COMMANDS}


@dataclass(frozen=True)
class NamedEntry:
    """who, thing: None where nothing of that id exists any more · details: a label and a text, or a thing"""

    at: datetime
    action: str
    who: Thing | None
    thing: Thing | None
    details: Sequence[tuple[str, str | Thing]]


@bp.get("/people/log")
@requires(Right.EDIT_PEOPLE)
def audit_log() -> ResponseReturnValue:
    query = read_query(PageRequest)
    with reading() as db:
        entries = page_of_entries(db, query)
        page = entries.with_rows(named_entries(db, entries.rows))
    return render_template("console/audit.html", page=page, query=query)


def named_entries(db: Session, entries: Sequence[AuditEntry]) -> list[NamedEntry]:
    ids = {id_ for entry in entries for id_ in (entry.subject, entry.person_id or "", *_texts(entry.facts)) if id_}
    things = things_of(db, ids)
    return [_named(entry, things) for entry in entries]


def _texts(facts: Mapping[str, Any]) -> Iterator[str]:
    return (value for value in facts.values() if isinstance(value, str))


def _named(entry: AuditEntry, things: Mapping[str, Thing]) -> NamedEntry:
    named = next((str(entry.facts[name]) for name in NAMES if entry.facts.get(name)), "")
    thing = things.get(entry.subject) or (Thing(named) if named else None)
    return NamedEntry(
        at=entry.at,
        action=entry.action,
        who=things.get(entry.person_id or ""),
        thing=thing,
        details=list(_details(entry.facts, things, without=thing.name if thing else "")),
    )


def _details(
    facts: Mapping[str, Any], things: Mapping[str, Thing], *, without: str
) -> Iterator[tuple[str, str | Thing]]:
    """The entry's other facts; the name only if it was another one then."""
    for key, value in facts.items():
        if value in (None, "", []) or (key in NAMES and value == without):
            continue
        yield str(words.FACTS.get(key, key)), _detail(key, value, things)


def _detail(key: str, value: Any, things: Mapping[str, Thing]) -> str | Thing:
    """A thing for an id; roles, commands and the fields of a form by their names; anything else as it is."""
    if isinstance(value, list):
        return ", ".join(str(words.FIELDS.get(str(item), item)) for item in value)
    if isinstance(value, str) and value in KNOWN.get(key, {}):
        return str(KNOWN[key][value])
    return things.get(value) or value if isinstance(value, str) else str(value)
