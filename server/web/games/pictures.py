"""The pictures that a request chooses for a game."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session

from media.wire.message import Digest
from server.accounts.rights import Right, require
from server.creatives.archive import NoSuchCreative
from server.creatives.game_pictures import digest_of_picture
from server.creatives.games import PictureName
from server.creatives.models import Creative
from server.db import get_or_raise
from server.web.identity.auth import current_who


def chosen_pictures(db: Session, chosen: Mapping[PictureName, str | None]) -> dict[PictureName, Digest]:
    """The files of uploaded pictures, by the ids of their creatives; names without an id are left out.

    Raises NoSuchCreative, NoStillPicture, or what `require` raises for another advertiser's picture.
    """
    return {name: _digest(db, creative_id) for name, creative_id in chosen.items() if creative_id}


def _digest(db: Session, creative_id: str) -> Digest:
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    require(current_who(), Right.SEE_CREATIVES, creative)
    return digest_of_picture(creative)
