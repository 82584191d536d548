"""Change a creative's titles, and how long a picture or card is shown."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, update

from server.creatives.accept import make_later, tidy_title
from server.creatives.archive import NoSuchCreative
from server.creatives.games import refuse_new_length
from server.creatives.kinds import KINDS
from server.creatives.models import GAME, Creative, CreativeState
from server.creatives.notices import check_heading, refuse_length
from server.db import JobKind, enqueue, get_or_raise
from server.errors import Conflict, Invalid


class NoTitle(Invalid):
    """A creative needs a title. Type a few words that distinguish it from others."""


class LengthOfItsFile(Invalid):
    """A film or a sound takes as long as its file. Cut the file, then replace it."""


class CreativeChanged(Conflict):
    """The creative was changed at this moment. Load the page again."""


class CreativeChange(BaseModel):
    """None: unchanged. An empty `phone_title` means the cleaned title."""

    model_config = ConfigDict(frozen=True)

    title: str | None = None
    phone_title: str | None = None
    length_ms: int | None = None


def change_creative(db: Session, creative_id: str, change: CreativeChange, *, now: datetime) -> Creative:
    """Timelines and cards that show what changed are made again."""
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    given = _checked(creative, change)
    values = {name: value for name, value in given.items() if value != getattr(creative, name)}
    if not values:
        return creative
    here = (col(Creative.id) == creative_id, col(Creative.state) == creative.state)
    if db.exec(update(Creative).where(*here).values(**values)).rowcount != 1:
        raise CreativeChanged
    redrawn = KINDS[creative.kind].shows_title and set(values) != {"length_ms"}
    _show_again(db, creative, redrawn=redrawn, now=now)
    db.refresh(creative)
    return creative


def check_title(creative: Creative, change: CreativeChange) -> None:
    """A title that does not fit the card is refused by drawing it: that takes long, so never in a transaction."""
    title = tidy_title(change.title or "")
    if title and title != creative.title:
        check_heading(creative, title)


def _checked(creative: Creative, change: CreativeChange) -> dict[str, object]:
    given: dict[str, object] = {}
    if change.title is not None:
        given["title"] = tidy_title(change.title)
        if not given["title"]:
            raise NoTitle
    if change.phone_title is not None:
        given["phone_title"] = tidy_title(change.phone_title)
    if change.length_ms is not None and change.length_ms != creative.length_ms:
        if KINDS[creative.kind].has_own_length:
            raise LengthOfItsFile
        if creative.kind == GAME:
            refuse_new_length(creative, change.length_ms)
        else:
            refuse_length(change.length_ms)
        given["length_ms"] = change.length_ms
    return given


def _show_again(db: Session, creative: Creative, *, redrawn: bool, now: datetime) -> None:
    """A job that makes the first card may have read the old title, so another one waits behind it."""
    if redrawn and creative.state in (CreativeState.PROCESSING, CreativeState.READY):
        make_later(db, creative.id, creative.kind, now=now)
    elif creative.state is CreativeState.READY:
        enqueue(db, JobKind.CREATIVE_READY, creative.id, now=now)
