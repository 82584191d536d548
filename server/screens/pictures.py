"""The picture of what a screen shows now, sent by its player: checked and stored in place of the one before."""

from __future__ import annotations

import io
import warnings
from datetime import datetime

from PIL import Image, UnidentifiedImageError
from sqlmodel import Session, col, select

from server.errors import Invalid
from server.screens.models import Player

BYTES_MOST = 200_000
PIXELS_MOST = 1920 * 1920


class BadPicture(Invalid):
    """This is no JPEG picture of a screen. Send a JPEG of at most 200 kB and 1920 × 1920 pixels."""


def check_picture(raw: bytes) -> None:
    """Read all of it: a truncated file, another format or a bomb is refused before anything is stored."""
    if not 0 < len(raw) <= BYTES_MOST:
        raise BadPicture(f"This picture has {len(raw)} bytes.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=["JPEG"]) as picture:
                if picture.width * picture.height > PIXELS_MOST:
                    raise BadPicture
                picture.load()
    except (UnidentifiedImageError, OSError, ValueError, Warning, SyntaxError) as error:
        raise BadPicture from error


def keep_picture(db: Session, player: Player, digest: str, *, now: datetime) -> str | None:
    """Note the newest picture; returns the digest of the one before it if no screen shows that any more."""
    before = player.picture_digest
    player.picture_digest, player.picture_at = digest, now
    db.add(player)
    db.flush()
    if before is None or db.exec(select(Player.id).where(col(Player.picture_digest) == before)).first():
        return None
    return before
