"""Small documents: PDFs by hand and by Pillow, and what Office and others save, as far as that distinguishes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from PIL import Image

COLOURS = ("red", "green", "blue", "yellow")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def pdf(pages: int = 3, size: tuple[int, int] = (400, 300)) -> bytes:
    """Each page in a colour of its own."""
    pictures = [Image.new("RGB", size, COLOURS[page % len(COLOURS)]) for page in range(pages)]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:])
    return out.getvalue()


def pdf_of(*, pages: int, encrypted: bool = False, size: Sequence[int] = (400, 300)) -> bytes:
    """Written by hand: `pages` empty pages; with the mark of a password that nobody knows."""
    kids = " ".join(f"{3 + page} 0 R" for page in range(pages))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {pages}>>"]
    objects += [f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size[0]} {size[1]}]>>"] * pages
    out, at = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        at.append(len(out))
        out += f"{number} 0 obj{content}endobj\n".encode()
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'41' * 32}>/U<{'42' * 32}>/P -4>>/ID[<00><00>]" if encrypted else ""
    table = "".join(f"{offset:010d} 00000 n \n" for offset in at)
    end = f"xref\n0 {len(at) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(at) + 1}/Root 1 0 R{lock}>>"
    return out + f"{end}\nstartxref\n{len(out)}\n%%EOF\n".encode()


def zipped(**files: str) -> bytes:
    """A zip archive; `__` in a name is a slash, and `_` a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


# By the code of their refusal.
DOCUMENTS = {
    "document_powerpoint": (zipped(ppt__presentation_xml="<p/>"), OLE + "PowerPoint Document".encode("utf-16-le")),
    "document_word": (zipped(word__document_xml="<w/>"), OLE + "WordDocument".encode("utf-16-le")),
    "document_excel": (zipped(xl__workbook_xml="<x/>"), OLE + "Workbook".encode("utf-16-le")),
    "document_keynote": (zipped(Index__Slide_iwa="x"), zipped(Index_zip="x")),
    "document_opendocument": (zipped(mimetype="application/vnd.oasis.opendocument.presentation", content_xml="<o/>"),),
    "document_ebook": (zipped(mimetype="application/epub+zip"),),
    "document_archive": (
        zipped(film_mp4="x"),
        b"Rar!\x1a\x07\x01\x00",
        b"7z\xbc\xaf\x27\x1c\x00\x04",
        b"\x1f\x8b\x08\0",
    ),
    "document_svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<svg/>',
    ),
    "document_html": (b"<!DOCTYPE html><html><body></body></html>", b"  <html>"),
    "document_rtf": (b"{\\rtf1\\ansi hello}",),
    "document_postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xc5\xd0\xd3\xc6" + bytes(30)),
    "document_photoshop": (b"8BPS\x00\x01" + bytes(30),),
    "document_flash": (b"CWS\x0a" + bytes(30),),
}
