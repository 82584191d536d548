"""Poppler draws the pages of a PDF within limits, and every PDF that it cannot draw is refused with a reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from media.refused import Refused
from server.creatives.probe.child_process import one_at_a_time
from server.creatives.uploads import pdf as module
from server.creatives.uploads.pdf import MOST_PAGES, count_pages, draw_pages
from server.web.console.refusals import REFUSALS
from tests.rig.files.documents import COLOURS, pdf, pdf_of
from tests.rig.servers.processes import eventually

AMPLE = 2 << 30
BAD_PDFS = {
    "pdf_locked": pdf_of(pages=2, encrypted=True),
    "pdf_empty": pdf_of(pages=0),
    "pdf_too_many_pages": pdf_of(pages=MOST_PAGES + 1),
    "truncated": pdf()[:-400],
    "broken_pdf": b"%PDF-1.7\nnothing that follows is one\n%%EOF\n",
    "too_thin": pdf_of(pages=1, size=(14000, 10)),
}
DRAWS_FOR_EVER = """
import sys
from pathlib import Path
from server.creatives.uploads.pdf import draw_pages
folder = Path(sys.argv[1])
draw_pages(folder / "file.pdf", folder, memory_bytes=2 << 30, turn=folder)
"""

pytestmark = pytest.mark.usefixtures("small_pages")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose name a shell or a careless format would misread."""
    path = tmp_path / "夏季 菜单 %d é'"
    path.mkdir()
    return path


def drawn(folder: Path, content: bytes, *, memory_bytes: int = AMPLE) -> list[Path]:
    path = folder / "file.pdf"
    path.write_bytes(content)
    return draw_pages(path, folder, memory_bytes=memory_bytes, turn=folder)


def refusal(folder: Path, content: bytes, *, memory_bytes: int = AMPLE) -> str:
    with pytest.raises(Refused) as refused:
        drawn(folder, content, memory_bytes=memory_bytes)
    return refused.value.code


def put_in_path(name: str, script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is found in the place of poppler's."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_more_than_nine_pages_are_in_order(folder: Path) -> None:
    pictures = drawn(folder, pdf(12))
    assert [_corner(picture) for picture in pictures] == [COLOURS[page % 4] for page in range(12)]


def _corner(path: Path) -> str:
    """The colour in the first corner of a page."""
    named = {(255, 0, 0): "red", (0, 128, 0): "green", (0, 0, 255): "blue", (255, 255, 0): "yellow"}
    with Image.open(path) as picture:
        pixel = picture.convert("RGB").getpixel((5, 5))
    return min(named.items(), key=lambda item: sum(abs(a - b) for a, b in zip(item[0], pixel, strict=True)))[1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "pixels"), [((400, 300), (300, 225)), ((30, 40), (225, 300)), ((14000, 7000), (300, 150))]
)
def test_the_long_side_of_a_page_has_the_same_pixels_at_every_size_of_paper(
    folder: Path, size: tuple[int, int], pixels: tuple[int, int]
) -> None:
    [picture] = drawn(folder, pdf_of(pages=1, size=size))
    with Image.open(picture) as page:
        assert (page.format, page.size) == ("PNG", pixels)


def test_as_many_pages_as_allowed_are_drawn_and_one_more_is_refused(folder: Path) -> None:
    assert len(drawn(folder, pdf_of(pages=MOST_PAGES))) == MOST_PAGES
    assert refusal(folder, pdf_of(pages=MOST_PAGES + 1)) == "pdf_too_many_pages"


def test_pages_are_counted_without_being_drawn(folder: Path) -> None:
    path = folder / "file.pdf"
    path.write_bytes(pdf_of(pages=7))
    assert count_pages(path, memory_bytes=AMPLE) == 7
    assert [*folder.iterdir()] == [path]


@pytest.mark.parametrize("code", sorted(BAD_PDFS.keys() - {"too_thin"}))
def test_a_pdf_that_cannot_be_drawn_is_refused_with_its_own_reason(folder: Path, code: str) -> None:
    assert refusal(folder, BAD_PDFS[code]) == code


def test_each_reason_is_translated() -> None:
    assert set(BAD_PDFS) | {"pdf_too_costly"} <= set(REFUSALS)


@pytest.mark.parametrize("hundredths", [0, 1, 10, 50, 90, 99])
def test_a_pdf_that_is_cut_off_anywhere_is_refused_as_such(folder: Path, hundredths: int) -> None:
    whole = pdf(3)
    assert refusal(folder, whole[: len(whole) * hundredths // 100]) == "truncated"


def test_a_pdf_with_bytes_after_its_end_is_drawn(folder: Path) -> None:
    """Some mail programs append lines."""
    assert len(drawn(folder, pdf(2) + b"\r\n" * 500)) == 2


# --- limits


def test_a_pdf_that_needs_more_memory_than_allowed_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Poppler then writes a page of one pixel, and ends as if all were well."""
    monkeypatch.setattr(module, "LONG_SIDE", 12_000)
    assert refusal(folder, pdf_of(pages=1), memory_bytes=100 << 20) == "pdf_too_costly"


@pytest.mark.parametrize("limit", ["INFO_LIMIT_S", "TIME_LIMIT_S"])
def test_a_pdf_that_takes_too_long_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(module, limit, 0.0001)
    assert refusal(folder, pdf(1)) == "pdf_too_costly"


def test_a_pdf_whose_drawing_is_killed_in_the_middle_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        put_in_path("pdftoppm", 'for last; do :; done; touch "$last-1.png"; kill -9 $$', folder, patch)
        assert refusal(folder, pdf(2)) == "pdf_too_costly"
    assert len(drawn(folder, pdf(2))) == 2  # the next one has its turn


def test_a_pdf_of_which_pages_are_missing_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_path("pdftoppm", 'for last; do :; done; touch "$last-1.png"', folder, monkeypatch)
    assert refusal(folder, pdf(2)) == "broken_pdf"


def test_one_pdf_is_drawn_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_path("pdfinfo", f'flock --nonblock "{folder}" true && echo "Pages: 1"', folder, monkeypatch)
    assert refusal(folder, pdf(1)) == "broken_pdf"  # poppler's program could not take the lock meanwhile
    with one_at_a_time(folder):
        pass


def test_the_drawing_ends_with_the_process_that_began_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed server leaves no poppler behind that takes a processor for two minutes."""
    pid = tmp_path / "pid"
    put_in_path("pdfinfo", f"echo $$ > {pid}.part; mv {pid}.part {pid}; exec sleep 600", folder, monkeypatch)
    (folder / "file.pdf").write_bytes(pdf(1))
    server = subprocess.Popen([sys.executable, "-c", DRAWS_FOR_EVER, folder])
    try:
        eventually(pid.exists, within_s=60, what="poppler to begin")
        process = Path("/proc") / pid.read_text().strip()
        assert process.exists()
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    eventually(lambda: not process.exists(), within_s=60, what="poppler to end")
