"""A document is refused by the name of its format and not of its file, and a PDF becomes pictures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat
from sqlmodel import Session, select

from media.refused import FILMS, PICTURES, SOUNDS, Refused, not_media
from media.store import MediaStore
from server.creatives.accept import RefusedMedia, store_original
from server.creatives.models import Creative
from server.creatives.probe.child_process import probe_apart
from server.creatives.probe.found import Limits
from server.creatives.uploads import pdf as module
from server.creatives.uploads.accept_file import add_file, stored_file
from server.creatives.uploads.documents import document_kind, is_pdf
from server.creatives.uploads.pdf import draw_pages
from server.db import Job
from server.settings import Settings
from server.web.console.refusals import REFUSALS
from tests.rig.files.documents import DOCUMENTS, pdf, pdf_of
from tests.rig.files.samples import sample

AMPLE = 2 << 30
EVERY_DOCUMENT = [(code, content) for code, contents in DOCUMENTS.items() for content in contents]
BAD_PDFS = {
    "pdf_locked": pdf_of(pages=2, encrypted=True),
    "pdf_empty": pdf_of(pages=0),
    "pdf_too_many_pages": pdf_of(pages=21),
    "truncated": pdf()[:-400],
    "broken_pdf": b"%PDF-1.7\nnothing that follows is one\n%%EOF\n",
    "too_thin": pdf_of(pages=1, size=(14000, 10)),
}


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG_SIDE", 300)


@pytest.fixture
def accept(db: Session, store: MediaStore, settings: Settings, now: datetime, tmp_path: Path) -> Any:
    """Accept these bytes, as the media process would."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)

    def call(content: bytes, name: str = "file", title: str = "") -> list[Creative]:
        draft = tmp_path / "draft"
        draft.write_bytes(content)
        whose = {"advertiser_id": None, "venue_id": None, "by": "person"}
        with stored_file(store, draft, settings) as originals:
            return add_file(db, originals, name=name, title=title, now=now, **whose)

    return call


def nothing_is_left(db: Session, store: MediaStore, settings: Settings, tmp_path: Path) -> bool:
    rows = [*db.exec(select(Creative)), *db.exec(select(Job))]
    files = [*store.digests(), *settings.work_dir.iterdir()]
    return not rows and not files and not (tmp_path / "draft").exists()


@pytest.mark.parametrize(("code", "content"), EVERY_DOCUMENT, ids=[code for code, _content in EVERY_DOCUMENT])
def test_a_document_is_known_by_its_content(tmp_path: Path, code: str, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert document_kind(path) == code.removeprefix("document_")


@pytest.mark.parametrize("name", ["film.mp4", "tone.mp3", "picture.png", "rotated.jpg", "text.mp4", "empty.mp4"])
def test_a_file_that_is_no_document_has_no_document_kind(name: str) -> None:
    assert document_kind(sample(name)) is None
    assert not is_pdf(sample(name))


def test_a_presentation_is_refused_by_its_name(
    db: Session, store: MediaStore, settings: Settings, accept: Any, tmp_path: Path
) -> None:
    with pytest.raises(RefusedMedia, match="PowerPoint") as refused:
        accept(DOCUMENTS["document_powerpoint"][0], name="menu.pptx")
    assert (refused.value.code, refused.value.remedy) == (
        "document_powerpoint",
        "Export it as PDF or PNG and upload that.",
    )
    assert nothing_is_left(db, store, settings, tmp_path)


def test_every_page_becomes_a_picture_in_order(db: Session, store: MediaStore, accept: Any, tmp_path: Path) -> None:
    made = accept(pdf(3), name="Menu_of_May.pdf")
    assert [creative.title for creative in made] == [f"Menu of May ({page}/3)" for page in (1, 2, 3)]
    assert {(creative.kind, creative.original_name, creative.length_ms) for creative in made} == {
        ("image", "Menu_of_May.pdf", 10_000)
    }
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("stills", creative.id) for creative in made]
    assert [_colour_of(store.path(creative.original_digest or "")) for creative in made] == [0, 1, 2]
    assert not (tmp_path / "draft").exists()


def _colour_of(path: Path) -> int:
    """Which of red, green and blue a page is."""
    with Image.open(path) as picture:
        assert max(picture.size) == module.LONG_SIDE
        means = ImageStat.Stat(picture.convert("RGB")).mean
    return means.index(max(means))


def test_a_pdf_of_one_page_keeps_its_title_and_a_long_one_its_number(accept: Any) -> None:
    assert [creative.title for creative in accept(pdf(1), title="Menu")] == ["Menu"]
    assert accept(pdf(2), title="x" * 200)[1].title == "x" * 114 + " (2/2)"


def test_other_files_become_one_creative(accept: Any) -> None:
    assert [creative.kind for creative in accept(sample("rotated.jpg").read_bytes())] == ["image"]


def test_a_pdf_takes_the_place_of_no_picture(store: MediaStore, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(1))
    with pytest.raises(RefusedMedia) as refused:
        store_original(store, path, settings)
    assert refused.value.code == "pdf_for_one"


@pytest.mark.parametrize("code", BAD_PDFS)
def test_a_pdf_that_cannot_be_shown_is_refused_with_its_own_reason(
    db: Session, store: MediaStore, settings: Settings, accept: Any, tmp_path: Path, code: str
) -> None:
    with pytest.raises(RefusedMedia) as refused:
        accept(BAD_PDFS[code])
    assert (refused.value.code, bool(refused.value.remedy)) == (code, True)
    assert nothing_is_left(db, store, settings, tmp_path)


def test_a_pdf_that_needs_too_much_memory_or_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(1))
    monkeypatch.setattr(module, "INFO_LIMIT_S", 0.0001)
    with pytest.raises(Refused) as refused:
        draw_pages(path, tmp_path, memory_bytes=AMPLE, turn=tmp_path)
    assert refused.value.code == "pdf_too_costly"


def test_a_thin_picture_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "thin.jpg"
    Image.new("RGB", (5000, 10), "red").save(path)
    with pytest.raises(Refused) as refused:
        probe_apart(path, Limits(1 << 20, 50_000_000, 600), memory_bytes=AMPLE, turn=tmp_path)
    assert (refused.value.code, "5000 × 10" in refused.value.message) == ("too_thin", True)


def test_each_reason_is_translated() -> None:
    assert set(DOCUMENTS) | set(BAD_PDFS) <= set(REFUSALS)


def test_readme_and_refusal_name_the_same_formats() -> None:
    readme = " ".join((Path(__file__).parents[4] / "server" / "README.md").read_text().split())
    for formats in (FILMS, PICTURES, SOUNDS):
        assert formats in not_media().remedy
        assert formats in readme
