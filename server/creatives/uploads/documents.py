"""Documents that a screen cannot show: recognized by their content, and refused by their own name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from media.refused import Refused

HEAD_BYTES = 4096
LOOKED_THROUGH_BYTES = 32 << 20
EXPORT = "Export it as PDF or PNG and upload that."
UNPACK = "Unpack it and upload the files that are in it."

# Names by code.
NAMES = {
    "powerpoint": "a PowerPoint presentation",
    "word": "a Word document",
    "excel": "an Excel sheet",
    "keynote": "a Keynote, Pages or Numbers document",
    "opendocument": "a LibreOffice or OpenOffice document",
    "svg": "an SVG drawing",
    "html": "a web page",
    "rtf": "a text document",
    "postscript": "a PostScript or EPS drawing",
    "photoshop": "a Photoshop document",
    "flash": "a Flash film",
    "ebook": "an e-book",
    "archive": "an archive",
}
MAGICS = (
    (rb"\{\\rtf", "rtf"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "postscript"),
    (rb"8BPS", "photoshop"),
    (rb"[FCZ]WS[\x01-\x32]", "flash"),
    (rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08", "archive"),
)
MARKUP = (b"<?xml", b"<!--", b"<!doctype", b"<svg", b"<html")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office before 2007, which names its streams in UTF-16
STREAMS = (("PowerPoint Document", "powerpoint"), ("WordDocument", "word"), ("Workbook", "excel"), ("Book", "excel"))
# Folders inside a zipped document.
FOLDERS = (("ppt/", "powerpoint"), ("word/", "word"), ("xl/", "excel"), ("Index/", "keynote"), ("Index.zip", "keynote"))
MIMETYPES = (("vnd.oasis.opendocument", "opendocument"), ("epub+zip", "ebook"))


def refuse_document(path: Path) -> None:
    """Raises Refused if the file is a document of a kind that is known and cannot be shown."""
    kind = document_kind(path)
    if kind is not None:
        remedy = UNPACK if kind == "archive" else EXPORT
        raise Refused(f"document_{kind}", f"This is {NAMES[kind]}, which a screen cannot show as it is.", remedy)


def refuse_pdf(path: Path) -> None:
    """Where one picture is needed, raises Refused if the file is a PDF."""
    if is_pdf(path):
        raise Refused(
            "pdf_for_one",
            "A PDF becomes a creative for each of its pages, so it cannot take the place of one.",
            "Export the page as PNG and upload that.",
        )


def is_pdf(path: Path) -> bool:
    """Readers allow something before the mark."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def document_kind(path: Path) -> str | None:
    """One of NAMES, or None."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(OLE):
        return _kind_of_ole(path)
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    return next((kind for magic, kind in MAGICS if re.match(magic, head)), None) or _kind_of_markup(head)


def _kind_of_markup(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text.startswith(MARKUP):
        return None
    found = re.search(rb"<(?:\w+:)?(svg|html)[\s>/]", text)
    return found[1].decode() if found else None


def _kind_of_ole(path: Path) -> str | None:
    with path.open("rb") as file:
        content = file.read(LOOKED_THROUGH_BYTES)
    return next((kind for stream, kind in STREAMS if stream.encode("utf-16-le") in content), None)


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mimetype = archive.open("mimetype").read(200).decode(errors="replace") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return "archive"
    of_type = next((kind for sign, kind in MIMETYPES if sign in mimetype), None)
    inside = (kind for folder, kind in FOLDERS if any(name.startswith(folder) for name in names))
    return of_type or next(inside, "archive")
