"""Notices and emergency texts: typed text that becomes a card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from media.cards.cards import notice_card
from media.cards.emergency import emergency_card
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
    """A card stands between one second and ten minutes. Choose a length in between."""


def check_notice(text: str, title: str) -> None:
    """Text that does not fit the screen is refused by drawing it: that takes long, so never in a transaction."""
    _check_drawn(lambda: notice_card(_said(text), title=tidy_title(title)))


def check_emergency(text: str, title: str, language: str) -> None:
    """The same for the card of an emergency."""
    _check_drawn(lambda: emergency_card(_said(text), title=tidy_title(title), language=language))


def check_heading(creative: Creative, title: str) -> None:
    """The same for another title of a card that is there; other kinds show theirs on no card, or cut it."""
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
    """What stands above the text on its card: nothing if the title was taken from the text's first line."""
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
    """A notice of a venue, or (without one) of the network, with text that `check_notice` let pass."""
    text, title = _said(text), tidy_title(title)
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
    """An emergency text, with a text that `check_emergency` let pass: drawn now, and shown only when it is raised."""
    text, title = _said(text), tidy_title(title)
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


def _said(text: str) -> str:
    said = _tidy_text(text)
    if not said:
        raise EmptyNotice
    return said


def _tidy_text(text: str) -> str:
    """Line breaks stay, control characters and a tab's width go."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(sign for sign in rows if sign in "\n\u3000" or is_writing(sign))
    if len(kept) > TEXT_CHARS:
        raise RefusedMedia(
            Refused(
                "too_much_text", f"A notice holds at most {TEXT_CHARS} characters.", "Shorten it, or make two of it."
            )
        )
    return kept.strip()
