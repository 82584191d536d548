"""A creative's file is replaced: what screens show stays until the new file is processed, and is remembered after."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, delete, select

from media.store import MediaStore
from media.wire.games import GameKind, Phrase
from server.creatives.accept import removed_unless_written, stands_ms_after, store_original
from server.creatives.archive import archive_creative, restore_creative
from server.creatives.files import any_mime, public_mime
from server.creatives.games import GameDesign, game_card
from server.creatives.models import Creative, CreativeState, FormerRendition, Rendition, RenditionRole
from server.creatives.ready import fail_creative, piece_of, save_renditions
from server.creatives.render.ffmpeg import RenditionFailed
from server.creatives.render.renditions import Made, MadeFile
from server.creatives.replace import AnotherKind, ArchivedCreative, NothingToReplace, replace_file, replace_game
from server.creatives.replaced import awaited_replacement, replaced_files
from server.creatives.titles import phone_title
from server.creatives.uploads.game_file import stored_game
from server.db import Job
from server.jobs.handlers import renditions_failed
from server.settings import Settings
from tests.factories import make_creative
from tests.rig.files.game_zips import GOOD, packed
from tests.rig.files.samples import sample

Replace = Callable[[Creative, str], Creative]
NEW = MadeFile(RenditionRole.SCREEN, "e" * 64, "image/jpeg", 7, None, 1920, 1080)


@pytest.fixture
def replace(db: Session, store: MediaStore, settings: Settings, now: datetime, tmp_path: Path) -> Replace:
    """Replace a creative's file by a copy of a sample, as the media process would."""

    def replaced(creative: Creative, name: str) -> Creative:
        draft = Path(shutil.copy(sample(name), tmp_path / "draft"))
        original = store_original(store, draft, settings)
        with removed_unless_written(store, original):
            return replace_file(db, store, creative.id, original, name=name, by="person", now=now)

    return replaced


def made(db: Session, creative: Creative, settings: Settings, now: datetime) -> None:
    piece = piece_of(db, creative.id, settings)
    assert piece is not None
    save_renditions(db, creative.id, Made([NEW], creative.length_ms), piece=piece, now=now)


def shown(db: Session, creative: Creative) -> str:
    of_screen = (Rendition.creative_id == creative.id, Rendition.role == RenditionRole.SCREEN)
    return db.exec(select(Rendition.digest).where(*of_screen)).one()


@pytest.fixture
def poster(db: Session, store: MediaStore) -> Creative:
    return make_creative(db, store, kind="image", original_digest="a" * 64, original_name="old.jpg")


def test_the_screens_show_the_old_file_until_the_new_one_is_processed(
    db: Session, settings: Settings, now: datetime, poster: Creative, replace: Replace
) -> None:
    old = shown(db, poster)
    replaced = replace(poster, "rotated.jpg")
    assert (replaced.state, replaced.original_name, shown(db, poster)) == (CreativeState.READY, "rotated.jpg", old)
    assert awaited_replacement(db, poster.id) is not None
    assert [job.kind for job in db.exec(select(Job))] == ["stills"]
    made(db, replaced, settings, now)
    assert shown(db, poster) == NEW.digest
    assert awaited_replacement(db, poster.id) is None


def test_a_replaced_file_is_listed_with_the_time_until_which_it_was_shown(
    db: Session, store: MediaStore, settings: Settings, now: datetime, poster: Creative, replace: Replace
) -> None:
    old = shown(db, poster)
    made(db, replace(poster, "rotated.jpg"), settings, now)
    [file] = replaced_files(db, poster.id)
    assert (file.name, file.screen_digest, file.until_at, file.replaced_by) == ("old.jpg", old, now, "person")
    assert public_mime(db, old, store.path(old)) == "image/jpeg"  # players may still be on the timeline before
    db.exec(delete(FormerRendition))
    assert public_mime(db, old, store.path(old)) is None
    assert any_mime(db, old, store.path(old)) == "image/jpeg"


def test_a_file_that_was_never_shown_is_not_remembered(
    db: Session, settings: Settings, now: datetime, poster: Creative, replace: Replace
) -> None:
    replace(poster, "rotated.jpg")
    made(db, replace(poster, "picture.png"), settings, now)
    assert [file.name for file in replaced_files(db, poster.id)] == ["old.jpg"]


def test_a_new_file_that_cannot_be_shown_leaves_the_old_one(
    db: Session, now: datetime, poster: Creative, replace: Replace
) -> None:
    old = shown(db, poster)
    replace(poster, "rotated.jpg")
    fail_creative(db, poster.id, RenditionFailed(ffmpeg="no"))
    db.refresh(poster)
    assert (poster.state, poster.original_name, shown(db, poster)) == (CreativeState.READY, "old.jpg", old)
    assert poster.trouble
    assert awaited_replacement(db, poster.id) is None


def test_renditions_of_a_file_that_is_replaced_meanwhile_are_dropped(
    db: Session, settings: Settings, now: datetime, replace: Replace
) -> None:
    poster = make_creative(db, kind="image", ready=False, original_digest="a" * 64, original_name="old.jpg")
    piece = piece_of(db, poster.id, settings)
    replace(poster, "rotated.jpg")
    assert piece is not None
    save_renditions(db, poster.id, Made([NEW], 1000), piece=piece, now=now)
    renditions_failed(db, poster.id, RenditionFailed(ffmpeg="no"), now)
    db.refresh(poster)
    assert poster.state == CreativeState.PROCESSING
    assert db.exec(select(Rendition)).all() == []


def test_a_failed_creative_begins_anew(db: Session, replace: Replace) -> None:
    poster = make_creative(db, kind="image", ready=False, state=CreativeState.FAILED, trouble="Broken.")
    replaced = replace(poster, "rotated.jpg")
    assert (replaced.state, replaced.trouble) == (CreativeState.PROCESSING, "")


def test_a_file_that_does_not_fit_is_refused_and_leaves_nothing(
    db: Session, store: MediaStore, now: datetime, poster: Creative, replace: Replace
) -> None:
    before = set(store.digests())
    with pytest.raises(AnotherKind):
        replace(poster, "film.mp4")
    with pytest.raises(NothingToReplace):
        replace(make_creative(db, kind="notice"), "rotated.jpg")
    archive_creative(db, poster.id, now=now + timedelta(hours=1))
    with pytest.raises(ArchivedCreative):
        replace(poster, "rotated.jpg")
    assert set(store.digests()) == before


def test_a_replacement_goes_on_when_a_creative_is_restored_that_was_archived_meanwhile(
    db: Session, store: MediaStore, settings: Settings, now: datetime, poster: Creative, replace: Replace
) -> None:
    """The job that was to process the new file ended without a trace while the creative was archived."""
    replace(poster, "rotated.jpg")
    db.exec(delete(Job))
    archive_creative(db, poster.id, now=now)
    restored = restore_creative(db, store, poster.id, now=now)
    assert restored.state is CreativeState.READY
    assert "stills" in [job.kind for job in db.exec(select(Job))]
    made(db, restored, settings, now)
    assert shown(db, poster) == NEW.digest
    assert awaited_replacement(db, poster.id) is None


def test_phones_show_the_same_title_after_a_file_was_replaced(db: Session, store: MediaStore, replace: Replace) -> None:
    poster = make_creative(db, store, kind="image", title="tea v3", original_name="tea_v3.jpg")
    assert phone_title(replace(poster, "rotated.jpg")) == "tea"


@pytest.mark.parametrize(("old", "stands_ms"), [("film.mp4", 10_000), ("ball.gif", 60_000)])
def test_an_animated_picture_is_shown_as_long_as_one_before_it_but_not_as_a_film(
    db: Session, store: MediaStore, settings: Settings, replace: Replace, old: str, stands_ms: int
) -> None:
    """A picture's length was chosen, a film's is its own. Whether the old file was shown or not."""
    was = {"kind": "video", "original_digest": store.put_file(sample(old)), "length_ms": 60_000}
    unshown = replace(make_creative(db, ready=False, **was), "ball.avif")
    assert unshown.length_ms == stands_ms
    piece = piece_of(db, replace(make_creative(db, store, **was), "ball.avif").id, settings)
    assert piece is not None
    assert stands_ms_after(store, piece.replaced, piece.length_ms) == stands_ms


# --- the zip of a custom game


@pytest.fixture
def game(db: Session, store: MediaStore) -> Creative:
    design = GameDesign(kind=GameKind.CUSTOM, call=Phrase(en="Find the pairs"), most_score=9)
    set_up = design.model_copy(update={"board_pictures": ("board/star.png",)}).model_dump(mode="json")
    return make_creative(
        db, store, kind="game", game=set_up, original_digest="a" * 64, original_name="old.zip", length_ms=20_000
    )


def send_zip(db: Session, store: MediaStore, game: Creative, zip_: Path, now: datetime) -> Creative:
    with stored_game(store, zip_) as zipped:
        return replace_game(db, game.id, zipped, name="new.zip", by="person", now=now)


def pictures_shown(game: Creative) -> tuple[str, ...]:
    card = game_card(game, None)
    assert card is not None
    return card.pictures


def test_the_zip_of_a_game_is_replaced_and_what_was_set_up_stays(
    db: Session, store: MediaStore, settings: Settings, now: datetime, game: Creative, tmp_path: Path
) -> None:
    two = GOOD | {"board/moon.png": GOOD["board/star.png"]}
    replaced = send_zip(db, store, game, packed(tmp_path / "zip", two), now)
    assert (replaced.state, replaced.original_name, replaced.length_ms) == (CreativeState.READY, "new.zip", 20_000)
    assert [job.kind for job in db.exec(select(Job))] == ["draw"]
    assert pictures_shown(replaced) == ("board/star.png",), "screens and phones have the old package"
    piece = piece_of(db, game.id, settings)
    assert piece is not None
    processed = Made([NEW], game.length_ms, board_pictures=("board/moon.png", "board/star.png"))
    save_renditions(db, game.id, processed, piece=piece, now=now)
    db.refresh(game)
    assert pictures_shown(game) == ("board/moon.png", "board/star.png")
    assert game.game is not None
    assert game.game["most_score"] == 9
    assert [file.name for file in replaced_files(db, game.id)] == ["old.zip"]


def test_a_new_zip_that_cannot_be_processed_leaves_the_old_game(
    db: Session, store: MediaStore, now: datetime, game: Creative, tmp_path: Path
) -> None:
    send_zip(db, store, game, packed(tmp_path / "zip", GOOD | {"board/moon.png": GOOD["board/star.png"]}), now)
    fail_creative(db, game.id, RenditionFailed(ffmpeg="no"))
    db.refresh(game)
    assert (game.state, game.original_name, pictures_shown(game)) == (
        CreativeState.READY,
        "old.zip",
        ("board/star.png",),
    )


def test_only_a_custom_game_that_is_in_use_takes_another_zip(
    db: Session, store: MediaStore, now: datetime, game: Creative, tmp_path: Path
) -> None:
    race = make_creative(db, kind="game", game=GameDesign(call=Phrase(en="Race")).model_dump(mode="json"))
    archive_creative(db, game.id, now=now)
    before = set(store.digests())
    for other, refused in ((race, NothingToReplace), (make_creative(db), NothingToReplace), (game, ArchivedCreative)):
        with pytest.raises(refused):
            send_zip(db, store, other, packed(tmp_path / "zip", GOOD), now)
    assert set(store.digests()) == before
