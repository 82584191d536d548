"""Accept the zip of a custom game: it is checked and stored before the transaction that writes its creative."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from media.refused import Refused
from media.store import MediaStore
from server.creatives.accept import RefusedMedia, StoredFile, adopt_draft, removed_unless_written
from server.creatives.games import GameDesign, GameFile, make_game
from server.creatives.models import Creative
from server.creatives.probe.game_zip import read_game_zip


class GameSetup(BaseModel):
    """A custom game as it was set up before its zip was sent. offer_id: what is won"""

    model_config = ConfigDict(frozen=True)

    design: GameDesign
    title: str = Field("", max_length=120)
    offer_id: str | None = Field(None, max_length=26)
    length_ms: int
    language: str = "zh"


@contextmanager
def stored_game(store: MediaStore, path: Path) -> Iterator[StoredFile]:
    """Check the draft at `path` and move it into the store. A refused draft is removed; if the block fails, so is the
    stored file."""
    try:
        read_game_zip(path)
        file = adopt_draft(store, path)
    except Refused as refused:
        raise RefusedMedia(refused) from refused
    finally:
        path.unlink(missing_ok=True)
    with removed_unless_written(store, file):
        yield file


def add_game(
    db: Session,
    stored: StoredFile,
    setup: GameSetup,
    *,
    creative_id: str,
    name: str,
    advertiser_id: str | None,
    by: str | None,
    now: datetime,
) -> Creative:
    """The creative of a game in the store, and its job."""
    file = GameFile(creative_id, stored.digest, stored.bytes, name)
    return make_game(
        db,
        setup.design,
        title=setup.title,
        offer_id=setup.offer_id,
        length_ms=setup.length_ms,
        language=setup.language,
        advertiser_id=advertiser_id,
        file=file,
        by=by,
        now=now,
    )
