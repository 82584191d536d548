"""The audit log: who did what to which object, written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast
from sqlmodel import Session, col, func, or_, select

from server.accounts.models import AuditEntry, Person
from server.paging import Page, PageRequest, contains, json_contains, read_page


def record(
    db: Session,
    person_id: str | None,
    action: str,
    subject: str = "",
    facts: dict[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Append one entry. `action` is verb and noun in the past ("screen added"); facts hold no secret."""
    db.add(AuditEntry(at=now, person_id=person_id, action=action, subject=subject, facts=facts or {}))


def page_of_entries(db: Session, request: PageRequest) -> Page[AuditEntry]:
    """Newest first; searched by action, by the person's name, and by the facts."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc())
    if request.words:
        query = query.join(Person, col(Person.id) == col(AuditEntry.person_id), isouter=True)
        noted = cast(AuditEntry.facts, Text)
        query = query.where(*(_mentions(word, noted) for word in request.words))
    return read_page(db, query, request)


def _mentions(word: str, noted: Any) -> Any:
    who_and_what = col(AuditEntry.action) + " " + func.coalesce(Person.name, "")
    return or_(contains(who_and_what, word), json_contains(noted, word))
