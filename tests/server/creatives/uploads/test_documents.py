"""A document is recognised by its content, and refused by the name of its format."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.refused import FILMS, PICTURES, SOUNDS, not_media
from server.creatives.uploads.documents import document_kind, is_pdf
from server.web.console.refusals import REFUSALS
from tests.rig.files.documents import DOCUMENTS
from tests.rig.files.samples import sample

EVERY_DOCUMENT = [(code, content) for code, contents in DOCUMENTS.items() for content in contents]


@pytest.mark.parametrize(("code", "content"), EVERY_DOCUMENT, ids=[code for code, _content in EVERY_DOCUMENT])
def test_a_document_is_known_by_its_content(tmp_path: Path, code: str, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert document_kind(path) == code.removeprefix("document_")


@pytest.mark.parametrize("name", ["film.mp4", "tone.mp3", "picture.png", "rotated.jpg", "text.mp4", "empty.mp4"])
def test_a_file_that_is_no_document_has_no_document_kind(name: str) -> None:
    assert document_kind(sample(name)) is None
    assert not is_pdf(sample(name))


def test_each_reason_is_translated() -> None:
    assert set(DOCUMENTS) <= set(REFUSALS)


def test_readme_and_refusal_name_the_same_formats() -> None:
    readme = " ".join((Path(__file__).parents[4] / "server" / "README.md").read_text().split())
    for formats in (FILMS, PICTURES, SOUNDS):
        assert formats in not_media().remedy
        assert formats in readme
