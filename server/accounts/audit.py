"""Who did what to which object: written in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from server.accounts.models import AuditEntry, Person


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


def latest(db: Session, *, most: int = 100) -> Sequence[tuple[AuditEntry, Person | None]]:
    """The newest entries, each with the person who did it."""
    who = col(Person.id) == col(AuditEntry.person_id)
    query = select(AuditEntry, Person).join(Person, who, isouter=True).order_by(col(AuditEntry.id).desc()).limit(most)
    return db.exec(query).all()
