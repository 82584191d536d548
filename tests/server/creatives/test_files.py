from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from media import daytable
from server.creatives.files import any_mime, public_mime
from server.creatives.models import CreativeState, FormerRendition, Rendition, RenditionRole, ReplacedFile
from tests.factories import NOON, make_creative, saved

DIGEST = "d" * 64


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A file of no kind that is known."""
    path = tmp_path / DIGEST
    path.write_bytes(b"anything")
    return path


@pytest.mark.parametrize("of", [Rendition, FormerRendition])
@pytest.mark.parametrize(
    ("state", "off_air", "public"),
    [
        (CreativeState.READY, False, True),
        (CreativeState.ARCHIVED, False, True),
        (CreativeState.ARCHIVED, True, False),
        (CreativeState.READY, True, True),
    ],
)
def test_a_rendition_is_public_while_a_timeline_may_name_it(
    db: Session, stored: Path, of: type, state: CreativeState, off_air: bool, public: bool
) -> None:
    creative = make_creative(db, ready=False, state=state, off_air_at=NOON if off_air else None)
    row = of(creative_id=creative.id, digest=DIGEST, mime="video/mp4")
    if of is Rendition:
        row.role, row.bytes = RenditionRole.SCREEN, 9
    saved(db, row)
    assert public_mime(db, DIGEST, stored) == ("video/mp4" if public else None)
    assert any_mime(db, DIGEST, stored) == "video/mp4"


@pytest.mark.parametrize(
    ("content", "public", "linked"),
    [
        (daytable.MAGIC, daytable.MIME, daytable.MIME),
        (b"\xff\xd8\xff\xe0", None, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", None, "image/png"),
        (b"<svg onload=alert(1)>", None, None),
        (b"\xff\xd8", None, None),
        (b"", None, None),
    ],
)
def test_a_file_that_no_row_names_has_the_type_of_its_first_bytes(
    db: Session, stored: Path, content: bytes, public: str | None, linked: str | None
) -> None:
    stored.write_bytes(content)
    assert (public_mime(db, DIGEST, stored), any_mime(db, DIGEST, stored)) == (public, linked)


def test_a_file_that_was_replaced_is_seen_by_link_alone(db: Session, stored: Path) -> None:
    creative = make_creative(db)
    facts = {"name": "海报.png", "bytes": 9, "length_ms": 10_000, "screen_digest": DIGEST, "screen_mime": "image/png"}
    saved(db, ReplacedFile(creative_id=creative.id, **facts))
    assert (public_mime(db, DIGEST, stored), any_mime(db, DIGEST, stored)) == (None, "image/png")
