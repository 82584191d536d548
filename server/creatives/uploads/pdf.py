"""The pages of a PDF as pictures, drawn by poppler within limits on pages, pixels, time and memory."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from media.refused import Refused, truncated
from server.creatives.probe.child_process import one_at_a_time

MOST_PAGES = 20
LONG_SIDE = 2160  # pixels: sharper than a screen, and small enough to be decoded at once
INFO_LIMIT_S, TIME_LIMIT_S = 30, 120  # with the wait for its turn, less than a proxy waits for an answer
TAIL_BYTES = 2048
NO_PAGES = b"last page (0)"
OUT_OF_MEMORY = re.compile(rb"(?i)bad_alloc|out of memory|cannot allocate")


def draw_pages(pdf: Path, folder: Path, *, memory_bytes: int, turn: Path) -> list[Path]:
    """A PNG for each page, in order, in `folder`. `turn`: a folder that serves as the lock, so that one PDF is drawn at
    a time.

    Raises Refused if the PDF is locked, empty, damaged, cut off or too much, and TooManyWaiting.
    """
    with one_at_a_time(turn):
        pages = count_pages(pdf, memory_bytes=memory_bytes)
        drawing = ["pdftoppm", "-png", "-cropbox", "-scale-to", str(LONG_SIDE), "-l", str(pages)]
        drawn = _run([*drawing, str(pdf), str(folder / "page")], memory_bytes, within_s=TIME_LIMIT_S)
    pictures = sorted(folder.glob("page-*.png"), key=lambda path: int(path.stem.rpartition("-")[2]))
    if drawn.returncode != 0 or len(pictures) != pages or _lacked_memory(drawn):
        raise _reason(drawn)
    return pictures


def count_pages(pdf: Path, *, memory_bytes: int) -> int:
    """The number of pages; raises Refused if there are none, or too many."""
    result = _run(["pdfinfo", str(pdf)], memory_bytes, within_s=INFO_LIMIT_S)
    if not _is_locked(result) and not _has_end(pdf):
        raise truncated()
    found = re.search(rb"(?m)^Pages:\s+(\d+)", result.stdout)
    if result.returncode != 0 or found is None:
        raise _reason(result)
    pages = int(found[1])
    if pages > MOST_PAGES:
        raise Refused(
            "pdf_too_many_pages",
            f"The PDF has {pages} pages, more than the {MOST_PAGES} that are taken at once.",
            "Export the pages that you want to show as a PDF of their own, and upload that.",
        )
    return pages


def _run(command: Sequence[str], memory_bytes: int, *, within_s: int) -> subprocess.CompletedProcess[bytes]:
    limited = ["setpriv", "--pdeathsig", "KILL", "prlimit", f"--as={memory_bytes}", *command]
    try:
        return subprocess.run(limited, stdin=subprocess.DEVNULL, capture_output=True, timeout=within_s)
    except subprocess.TimeoutExpired:
        raise _too_costly() from None


def _has_end(pdf: Path) -> bool:
    with pdf.open("rb") as file:
        file.seek(max(0, pdf.stat().st_size - TAIL_BYTES))
        return b"%%EOF" in file.read()


def _is_locked(result: subprocess.CompletedProcess[bytes]) -> bool:
    return b"Incorrect password" in result.stderr


def _lacked_memory(result: subprocess.CompletedProcess[bytes]) -> bool:
    """Poppler says so, ends as if all were well, and leaves a page of one pixel, or without its transparent parts."""
    return OUT_OF_MEMORY.search(result.stderr) is not None


def _reason(result: subprocess.CompletedProcess[bytes]) -> Refused:
    if _is_locked(result):
        return Refused(
            "pdf_locked", "The PDF is protected by a password.", "Save it without a password and upload that."
        )
    if NO_PAGES in result.stderr:
        return Refused("pdf_empty", "The PDF has no pages.", "Export it again and upload the new file.")
    if result.returncode < 0 or _lacked_memory(result):
        return _too_costly()
    return Refused(
        "broken_pdf",
        "The PDF is damaged and cannot be read.",
        "Open it, export or print it as a new PDF, and upload that.",
    )


def _too_costly() -> Refused:
    return Refused(
        "pdf_too_costly",
        "The PDF needs more memory or time to be drawn than is allowed.",
        "Export its pages as PNG or JPEG (1920 × 1080) and upload those.",
    )
