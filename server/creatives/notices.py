"""Notices and emergency texts: typed text that becomes a card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from media.cards.emergency import emergency_card
from media.cards.notice import notice_card
from media.characters import is_writing
from media.refused import Refused
from server.creatives.accept import RefusedMedia, add_creative, tidy_title
from server.creatives.models import EMERGENCY, Creative
from server.errors import Invalid

TEXT_CHARS = 2000
SHORTEST_MS, LONGEST_MS = 1000, 600_000


class EmptyNotice(Invalid):
    """A notice without text says nothing. Type what people are to read."""


class LengthOutOfRange(Invalid):
    """A card is shown for one second to ten minutes. Choose a length in between."""


def check_notice(text: str, title: str) -> None:
    """Text that does not fit the screen is refused by drawing it: that takes long, so never in a transaction."""
    _check_drawn(lambda: notice_card(_required_text(text), title=tidy_title(title)))


def check_emergency(text: str, title: str, language: str) -> None:
    """The same for the card of an emergency."""
    _check_drawn(lambda: emergency_card(_required_text(text), title=tidy_title(title), language=language))


def check_heading(creative: Creative, title: str) -> None:
    """The same for a new title of an existing card; other kinds show their title on no card, or cut it."""
    if creative.kind == EMERGENCY:
        check_emergency(creative.text, heading_of(title, creative.text), creative.language)
    elif creative.kind == "notice":
        check_notice(creative.text, heading_of(title, creative.text))


def _check_drawn(draw: Callable[[], object]) -> None:
    try:
        draw()
    except Refused as refused:
        raise RefusedMedia(refused) from refused


def heading_of(title: str, text: str) -> str:
    """The heading above the text on its card: empty if the title was taken from the text's first line."""
    return "" if title == tidy_title(text.splitlines()[0]) else title


def type_notice(
    db: Session,
    *,
    venue_id: str | None,
    text: str,
    title: str,
    length_ms: int,
    language: str,
    by: str | None,
    now: datetime,
) -> Creative:
    """A notice of a venue, or (without one) of the network, with a text that passed `check_notice`."""
    text, title = _required_text(text), tidy_title(title)
    refuse_length(length_ms)
    creative = Creative(
        kind="notice",
        title=title or tidy_title(text.splitlines()[0]),
        venue_id=venue_id,
        text=text,
        language=language,
        length_ms=length_ms,
        created_by=by,
        created_at=now,
    )
    add_creative(db, creative, now=now)
    return creative


def prepare_emergency(db: Session, *, text: str, title: str, language: str, by: str | None, now: datetime) -> Creative:
    """An emergency text, with a text that passed `check_emergency`: drawn now, and shown only when it is raised."""
    text, title = _required_text(text), tidy_title(title)
    creative = Creative(
        kind=EMERGENCY,
        title=title or tidy_title(text.splitlines()[0]),
        text=text,
        language=language,
        created_by=by,
        created_at=now,
    )
    add_creative(db, creative, now=now)
    return creative


def refuse_length(length_ms: int) -> None:
    if not SHORTEST_MS <= length_ms <= LONGEST_MS:
        raise LengthOutOfRange


def _required_text(text: str) -> str:
    tidy = _tidy_text(text)
    if not tidy:
        raise EmptyNotice
    return tidy


def _tidy_text(text: str) -> str:
    """Without control characters; line breaks stay, and a tab becomes a space."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    tidy = "".join(sign for sign in rows if sign in "\n\u3000" or is_writing(sign))
    if len(tidy) > TEXT_CHARS:
        raise RefusedMedia(
            Refused(
                "too_much_text", f"A notice holds at most {TEXT_CHARS} characters.", "Shorten it, or make two of it."
            )
        )
    return tidy.strip()
