"""Which of the stored files are public, and as what."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session, col, select

from media import daytable
from server.creatives.models import Rendition, ReplacedFile

MAGICS = ((daytable.MAGIC, daytable.MIME), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"))


def mime_of(db: Session, digest: str, path: Path) -> str | None:
    """A rendition's type; a day table's or a screen's picture's by its content; None for what is not given out.

    Originals are what strangers sent: of those only pictures can be had, by those who know the digest.
    """
    made = db.exec(select(Rendition.mime).where(col(Rendition.digest) == digest).limit(1)).first()
    return made or _of_replaced(db, digest) or _by_content(path)


def _of_replaced(db: Session, digest: str) -> str | None:
    """What a screen showed before its creative's file was replaced."""
    return db.exec(select(ReplacedFile.screen_mime).where(col(ReplacedFile.screen_digest) == digest).limit(1)).first()


def _by_content(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(8)
    return next((mime for magic, mime in MAGICS if head.startswith(magic)), None)
