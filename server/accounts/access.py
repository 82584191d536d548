"""The session or key behind a request, stored in an upload ticket and checked again when the ticket is used."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from server.accounts.keys import is_good
from server.accounts.models import ApiKey, Person, PersonSession


class Access(BaseModel):
    """A person in a session, or a machine's key.

    who: the id of the person or the key · epoch: the person's, at that time · session: the id of the session
    """

    model_config = ConfigDict(frozen=True)

    who: str
    epoch: int | None = None
    session: str | None = None


def is_open(db: Session, access: Access) -> bool:
    """Whether that session, or that key, might still be used."""
    key = db.get(ApiKey, access.who)
    if key is not None:
        return is_good(db, key)
    person = db.get(Person, access.who)
    unchanged = person is not None and person.disabled_at is None and person.session_epoch == access.epoch
    return unchanged and db.get(PersonSession, access.session or "") is not None
