"""Access to the files of the store: public or by a signed link only, and the type as which each is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlmodel import Session, col, or_, select

from media import daytable
from server.creatives.models import Creative, CreativeState, FormerRendition, Rendition, ReplacedFile

MAGICS = ((daytable.MAGIC, daytable.MIME), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"))
# A browser may show these; everything else is for saving only.
SHOWN_INLINE = ("image/jpeg", "image/png", "image/webp", "video/mp4", "audio/mp4", daytable.MIME)


def public_mime(db: Session, digest: str, path: Path) -> str | None:
    """The type of a file that everyone may fetch: a rendition that is or can be on a timeline, or a day table.

    None for all else: originals, pictures that players sent, and renditions of archived creatives that no timeline
    names any more.
    """
    return _of_rendition(db, digest, _on_air()) or (daytable.MIME if _by_content(path) == daytable.MIME else None)


def any_mime(db: Session, digest: str, path: Path) -> str | None:
    """The type of a file for the holder of a signed link; None for an original that is no picture."""
    return _of_rendition(db, digest) or _of_replaced(db, digest) or _by_content(path)


def _on_air() -> Any:
    """An archived creative stays on the air until no timeline names it (server/timelines/off_air.py)."""
    return or_(col(Creative.state) != CreativeState.ARCHIVED, col(Creative.off_air_at).is_(None))


def _of_rendition(db: Session, digest: str, *conditions: Any) -> str | None:
    for table in (Rendition, FormerRendition):
        made = select(table.mime).join(Creative, col(Creative.id) == col(table.creative_id))
        if mime := db.exec(made.where(col(table.digest) == digest, *conditions).limit(1)).first():
            return mime
    return None


def _of_replaced(db: Session, digest: str) -> str | None:
    """The type of a file that a screen showed before its creative's file was replaced."""
    return db.exec(select(ReplacedFile.screen_mime).where(col(ReplacedFile.screen_digest) == digest).limit(1)).first()


def _by_content(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(8)
    return next((mime for magic, mime in MAGICS if head.startswith(magic)), None)
