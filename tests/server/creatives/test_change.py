"""Creatives are renamed, shown for longer, archived and restored."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session, select

from media.store import MediaStore
from server.creatives.accept import JOB_KINDS, RefusedMedia
from server.creatives.archive import FilesGone, NotArchived, archive_creative, restore_creative
from server.creatives.change import CreativeChange, LengthOfItsFile, NoTitle, change_creative, check_title
from server.creatives.items import items_for
from server.creatives.models import BUILDING, EMERGENCY, CreativeState
from server.creatives.notices import LengthOutOfRange
from server.creatives.titles import cleaned, phone_title
from server.db import Job
from tests.factories import make_creative


def jobs(db: Session) -> list[str]:
    return [job.kind for job in db.exec(select(Job))]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("tea-house_1920x1080_final (2)", "tea house"),
        ("Spring sale v3.1 1080p", "Spring sale"),
        ("早餐高峰_4K_25fps", "早餐高峰"),
        ("Finale of the season", "Finale of the season"),
        ("Route 66", "Route 66"),
        ("final", ""),
        ("Tea draft final (2)", "Tea"),
        ("Our final sale", "Our final sale"),
        ("Copy shop", "Copy shop"),
        ("spring_final_cut", "spring cut"),
    ],
)
def test_a_cleaned_title_says_nothing_of_the_file(title: str, shown: str) -> None:
    assert cleaned(title) == shown


def test_phones_show_the_title_that_was_typed_for_them(db: Session, now: datetime) -> None:
    film = make_creative(db, title="tea v3", original_name="tea_v3.mp4")
    assert items_for(db, [(film.id, None)])[film.id].title == "tea"
    change_creative(db, film.id, CreativeChange(phone_title="Tea is ready"), now=now)
    assert items_for(db, [(film.id, None)])[film.id].title == "Tea is ready"
    assert jobs(db) == ["creative_ready"]


@pytest.mark.parametrize("title", ["Final Fantasy", "Our final sale", "Copy shop", "4K TV sale", "Tea_final"])
def test_a_typed_title_is_shown_as_it_is(db: Session, title: str) -> None:
    film = make_creative(db, title=title, original_name="tea_v3.mp4")
    assert phone_title(film) == title


def test_a_page_of_a_document_keeps_its_number(db: Session) -> None:
    page = make_creative(db, title="menu v3 (2/3)", original_name="menu_v3.pdf")
    assert phone_title(page) == "menu (2/3)"
    unnamed = make_creative(db, title="final (2/3)", original_name="final.pdf")
    assert phone_title(unnamed) == "final (2/3)"


def test_a_file_name_that_says_nothing_else_is_shown_as_it_is(db: Session) -> None:
    film = make_creative(db, title="final", original_name="final.mp4")
    assert items_for(db, [(film.id, None)])[film.id].title == "final"


def test_a_picture_is_shown_for_longer_and_planned_anew(db: Session, now: datetime) -> None:
    picture = make_creative(db, kind="image")
    assert change_creative(db, picture.id, CreativeChange(length_ms=12_500), now=now).length_ms == 12_500
    assert jobs(db) == ["creative_ready"]


def test_a_card_that_shows_its_title_is_drawn_again(db: Session, now: datetime) -> None:
    notice = make_creative(db, kind="notice", text="Fire drill")
    change_creative(db, notice.id, CreativeChange(title="Drill"), now=now)
    assert jobs(db) == ["draw"]


def test_a_renamed_emergency_text_is_drawn_again(db: Session, now: datetime) -> None:
    text = make_creative(db, kind=EMERGENCY, text="Leave by the stairs", language="en")
    change_creative(db, text.id, CreativeChange(title="Fire"), now=now)
    assert jobs(db) == ["draw"]


def test_a_card_that_is_renamed_while_it_is_drawn_is_drawn_again(db: Session, now: datetime) -> None:
    """The job that draws it has read the old title."""
    notice = make_creative(db, kind="notice", text="Fire drill", ready=False, state=CreativeState.PROCESSING)
    change_creative(db, notice.id, CreativeChange(title="Drill"), now=now)
    assert jobs(db) == ["draw"]


@pytest.mark.parametrize("kind", ["notice", EMERGENCY])
def test_a_title_that_does_not_fit_the_card_is_refused(db: Session, kind: str) -> None:
    """The text fills the card as it is; a heading of the text's own first line takes no room."""
    rows = "\n".join(["Leave by the stairs"] * 40)
    creative = make_creative(db, kind=kind, text=rows, title="Leave by the stairs", language="en")
    with pytest.raises(RefusedMedia):
        check_title(creative, CreativeChange(title="Fire " * 20))


def test_a_title_that_fits_or_stays_is_let_pass(db: Session) -> None:
    notice = make_creative(db, kind="notice", text="Leave by the stairs", title="Fire", language="en")
    check_title(notice, CreativeChange(title="Fire drill"))
    check_title(notice, CreativeChange(length_ms=5000))
    check_title(make_creative(db, kind="video"), CreativeChange(title="W" * 120))


def test_what_stays_as_it_was_plans_nothing(db: Session, now: datetime) -> None:
    picture = make_creative(db, kind="image", title="Poster")
    change_creative(db, picture.id, CreativeChange(title=" Poster ", length_ms=10_000), now=now)
    assert jobs(db) == []


def test_a_bad_change_is_refused(db: Session, now: datetime) -> None:
    film, picture = make_creative(db, kind="video"), make_creative(db, kind="image")
    with pytest.raises(NoTitle):
        change_creative(db, film.id, CreativeChange(title=" \u202e "), now=now)
    with pytest.raises(LengthOfItsFile):
        change_creative(db, film.id, CreativeChange(length_ms=1), now=now)
    with pytest.raises(LengthOutOfRange):
        change_creative(db, picture.id, CreativeChange(length_ms=999), now=now)


def test_an_archived_creative_is_restored_as_it_was(db: Session, store: MediaStore, now: datetime) -> None:
    picture = make_creative(db, store)
    archive_creative(db, picture.id, now=now)
    restored = restore_creative(db, store, picture.id, now=now)
    assert (restored.state, restored.archived_at) == (CreativeState.READY, None)
    assert sorted(jobs(db)) == ["creative_ready", "off_air"]
    with pytest.raises(NotArchived):
        restore_creative(db, store, picture.id, now=now)


@pytest.mark.parametrize("kind", ["audio", "notice", "coupon", EMERGENCY, BUILDING])
def test_a_restored_card_is_drawn_anew_as_its_words_may_have_changed(
    db: Session, store: MediaStore, now: datetime, kind: str
) -> None:
    card = make_creative(db, store, kind=kind, text="Fire drill", state=CreativeState.ARCHIVED)
    assert restore_creative(db, store, card.id, now=now).state is CreativeState.READY
    assert sorted(jobs(db)) == sorted(["creative_ready", JOB_KINDS.get(kind, "renditions")])


@pytest.mark.parametrize("kind", ["audio", "coupon"])
def test_a_restored_card_whose_original_is_gone_stays_as_it_is(
    db: Session, store: MediaStore, now: datetime, kind: str
) -> None:
    card = make_creative(db, store, kind=kind, original_digest="a" * 64, state=CreativeState.ARCHIVED)
    assert restore_creative(db, store, card.id, now=now).state is CreativeState.READY
    assert jobs(db) == ["creative_ready"]


def test_what_a_restored_creative_lacks_is_made_again(db: Session, store: MediaStore, now: datetime) -> None:
    original = store.put([b"original"])
    film = make_creative(db, kind="video", original_digest=original, state=CreativeState.ARCHIVED)
    assert restore_creative(db, store, film.id, now=now).state == CreativeState.PROCESSING
    assert jobs(db) == ["renditions"]


def test_a_creative_whose_files_are_gone_is_not_restored(db: Session, store: MediaStore, now: datetime) -> None:
    film = make_creative(db, kind="video", original_digest="a" * 64, state=CreativeState.ARCHIVED)
    with pytest.raises(FilesGone):
        restore_creative(db, store, film.id, now=now)
