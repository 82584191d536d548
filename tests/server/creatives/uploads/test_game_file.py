from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from media.store import MediaStore
from media.wire.games import GameKind, Phrase
from server.creatives.accept import RefusedMedia
from server.creatives.games import GameDesign, NoMostScore
from server.creatives.models import Creative
from server.creatives.uploads.game_file import GameSetup, add_game, stored_game
from server.db import new_id
from tests.rig.files.game_zips import GOOD, packed

DESIGN = GameDesign(kind=GameKind.CUSTOM, call=Phrase(en="Find the pairs"), most_score=900)
SETUP = GameSetup(design=DESIGN, length_ms=30_000, language="en")


def accept(db: Session, store: MediaStore, draft: Path, now: datetime, setup: GameSetup = SETUP) -> Creative:
    with stored_game(store, draft) as game:
        return add_game(
            db, game, setup, creative_id=new_id(), name="pairs.zip", advertiser_id=None, by="person", now=now
        )


def test_a_zip_becomes_a_game_with_its_design(db: Session, store: MediaStore, now: datetime, tmp_path: Path) -> None:
    game = accept(db, store, packed(tmp_path / "draft", GOOD), now)
    assert (game.kind, game.title, game.original_name) == ("game", "Find the pairs", "pairs.zip")
    assert game.original_digest is not None
    assert store.has(game.original_digest)
    assert game.game is not None
    assert (game.game["kind"], game.game["most_score"]) == ("custom", 900)
    assert not (tmp_path / "draft").exists()


def test_of_a_zip_that_is_refused_nothing_is_left(
    db: Session, store: MediaStore, now: datetime, tmp_path: Path
) -> None:
    with pytest.raises(RefusedMedia) as refused:
        accept(db, store, packed(tmp_path / "draft", {"game.js": b"1;"}), now)
    assert refused.value.code == "game_no_index"
    assert not (tmp_path / "draft").exists()
    assert list(store.digests()) == []


def test_of_a_design_that_is_refused_no_file_is_left(
    db: Session, store: MediaStore, now: datetime, tmp_path: Path
) -> None:
    setup = SETUP.model_copy(update={"design": DESIGN.model_copy(update={"most_score": 0})})
    with pytest.raises(NoMostScore):
        accept(db, store, packed(tmp_path / "draft", GOOD), now, setup)
    assert list(store.digests()) == []
