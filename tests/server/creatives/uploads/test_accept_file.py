"""A PDF becomes a creative for each page, all of them or none; another file becomes one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from media.store import MediaStore
from server.creatives.accept import RefusedMedia, ServerBusy, store_original
from server.creatives.models import Creative
from server.creatives.probe.child_process import MOST_WAITING, one_at_a_time
from server.creatives.uploads.accept_file import stored_file
from server.db import Job
from server.runtime.disk import DiskFull
from server.settings import Settings
from tests.rig.files.documents import DOCUMENTS, pdf, pdf_of
from tests.rig.files.samples import sample
from tests.server.creatives.uploads.conftest import Accept
from tests.server.creatives.uploads.test_pdf import BAD_PDFS

NothingIsLeft = Callable[[], bool]


def _colour_of(path: Path) -> int:
    """Which of red, green and blue a page is."""
    with Image.open(path) as picture:
        means = ImageStat.Stat(picture.convert("RGB")).mean
    return means.index(max(means))


def test_every_page_becomes_a_picture_in_order(db: Session, store: MediaStore, accept: Accept, draft: Path) -> None:
    made = accept(pdf(3), name="Menu_of_May.pdf")
    assert [creative.title for creative in made] == [f"Menu of May ({page}/3)" for page in (1, 2, 3)]
    assert {(creative.kind, creative.original_name, creative.length_ms) for creative in made} == {
        ("image", "Menu_of_May.pdf", 10_000)
    }
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("stills", creative.id) for creative in made]
    assert [_colour_of(store.path(creative.original_digest or "")) for creative in made] == [0, 1, 2]
    assert not draft.exists()


def test_other_files_become_one_creative(accept: Accept) -> None:
    assert [creative.kind for creative in accept(sample("rotated.jpg").read_bytes())] == ["image"]


def test_a_pdf_of_one_page_has_its_title_alone(accept: Accept) -> None:
    assert [creative.title for creative in accept(pdf(1), title="Menu")] == ["Menu"]


@pytest.mark.parametrize("letter", ["x", "汤", "🍜", "é"])
def test_a_long_title_loses_letters_and_never_its_page_number(accept: Accept, letter: str) -> None:
    assert accept(pdf(2), title=letter * 200)[1].title == letter * 114 + " (2/2)"


@pytest.mark.parametrize(
    ("name", "title"),
    [("夏季_菜单.pdf", "夏季 菜单 (2/2)"), ("C:\\Ablage\\Café.pdf", "Café (2/2)"), ("../\x00\u202e", "Untitled (2/2)")],
)
def test_pages_are_named_after_the_file(accept: Accept, name: str, title: str) -> None:
    assert accept(pdf(2), name=name)[1].title == title


def test_equal_pages_are_creatives_of_their_own_with_one_file(store: MediaStore, accept: Accept) -> None:
    first, second = accept(pdf_of(pages=2))
    assert (first.id != second.id, first.original_digest) == (True, second.original_digest)
    assert len(list(store.digests())) == 1


# --- all or nothing


@pytest.mark.parametrize("code", BAD_PDFS)
def test_a_pdf_that_cannot_be_shown_is_refused_with_its_own_reason(
    accept: Accept, nothing_is_left: NothingIsLeft, code: str
) -> None:
    with pytest.raises(RefusedMedia) as refused:
        accept(BAD_PDFS[code])
    assert (refused.value.code, bool(refused.value.remedy)) == (code, True)
    assert nothing_is_left()


def test_a_presentation_is_refused_by_its_name(accept: Accept, nothing_is_left: NothingIsLeft) -> None:
    with pytest.raises(RefusedMedia, match="PowerPoint") as refused:
        accept(DOCUMENTS["document_powerpoint"][0], name="menu.pptx")
    assert (refused.value.code, refused.value.remedy) == (
        "document_powerpoint",
        "Export it as PDF or PNG and upload that.",
    )
    assert nothing_is_left()


def test_a_pdf_takes_the_place_of_no_picture(store: MediaStore, settings: Settings, draft: Path) -> None:
    draft.write_bytes(pdf(1))
    with pytest.raises(RefusedMedia) as refused:
        store_original(store, draft, settings)
    assert refused.value.code == "pdf_for_one"


def test_a_pdf_over_the_limit_is_refused_before_it_is_drawn(
    store: MediaStore, settings: Settings, draft: Path, nothing_is_left: NothingIsLeft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages could be drawn, so the size alone refuses it."""
    monkeypatch.setattr("server.creatives.uploads.accept_file.draw_pages", None)
    settings.work_dir.mkdir(parents=True)
    draft.write_bytes(pdf(1))
    os.truncate(draft, (settings.upload_limit_mb << 20) + 1)
    with pytest.raises(RefusedMedia) as refused, stored_file(store, draft, settings):
        pass
    assert (refused.value.code, refused.value.status) == ("too_large", 413)
    assert nothing_is_left()


def test_a_page_that_the_disk_has_no_space_for_takes_the_pages_before_it_with_it(
    accept: Accept, nothing_is_left: NothingIsLeft, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_at_the_third_file(monkeypatch) as moves, pytest.raises(DiskFull):
        accept(pdf(4))
    assert len(moves) == 3
    assert nothing_is_left()


@contextmanager
def full_at_the_third_file(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """A disk that is full when the third file is moved into the store."""
    moves: list[Any] = []
    replace = os.replace

    def move(*paths: Any) -> None:
        moves.append(paths)
        if len(moves) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(*paths)

    with monkeypatch.context() as patch:
        patch.setattr("media.store.os.replace", move)
        yield moves


def test_pages_whose_rows_are_not_written_leave_no_file(
    db: Session, accept: Accept, nothing_is_left: NothingIsLeft
) -> None:
    with db.begin_nested(), pytest.raises(IntegrityError):
        accept(pdf(3), venue_id="nowhere")
    assert nothing_is_left()


def test_pages_that_are_not_written_leave_the_same_pages_of_an_earlier_upload(
    db: Session, store: MediaStore, accept: Accept
) -> None:
    made = accept(pdf(2))
    with db.begin_nested(), pytest.raises(IntegrityError):
        accept(pdf(3), venue_id="nowhere")  # its first two pages are equal
    assert sorted(store.digests()) == sorted(creative.original_digest or "" for creative in made)
    assert len(db.exec(select(Creative)).all()) == 2


def test_a_busy_server_draws_no_pdf_and_leaves_nothing(
    accept: Accept, nothing_is_left: NothingIsLeft, tmp_path: Path
) -> None:
    with ExitStack() as at_work:
        for number in range(MOST_WAITING):
            folder = tmp_path / "turns" / str(number)
            folder.mkdir(parents=True)
            at_work.enter_context(one_at_a_time(folder))
        with pytest.raises(ServerBusy) as busy:
            accept(pdf(1))
    assert (busy.value.status, busy.value.retry_after_s) == (503, 60)
    assert nothing_is_left()
    assert len(accept(pdf(1))) == 1


def test_a_file_that_vanishes_while_it_is_read_leaves_nothing(
    store: MediaStore, settings: Settings, draft: Path, nothing_is_left: NothingIsLeft
) -> None:
    settings.work_dir.mkdir(parents=True)
    with pytest.raises(FileNotFoundError), stored_file(store, draft, settings):
        pass
    assert nothing_is_left()
