"""Which of the stored files are public, and as what."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import Session, col, select

from media import daytable
from server.creatives.models import Rendition

MAGICS = ((daytable.MAGIC, daytable.MIME), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"))


def mime_of(db: Session, digest: str, path: Path) -> str | None:
    """A rendition's type; a day table's or a screen's picture's by its content; None for what is not given out.

    Originals are what strangers sent: of those only pictures can be had, by those who know the digest.
    """
    told = db.exec(select(Rendition.mime).where(col(Rendition.digest) == digest).limit(1)).first()
    return told or _by_content(path)


def _by_content(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(8)
    return next((mime for magic, mime in MAGICS if head.startswith(magic)), None)
