"""Scripts, styles and icons: sent in the smallest form that a browser reads, and stored by it until they change.

The build writes a `.br` and a `.gz` beside each file, so that nothing is compressed while phones wait. These files are
the same for everyone. Pages are never compressed: the length of a compressed page gives its secrets away, letter by
letter, to anyone who can make it repeat a guess (BREACH, Gluck, Harris and Prado 2013).
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Response, request, send_from_directory
from werkzeug.security import safe_join

FOR_EVER = "public, max-age=31536000, immutable"
CHANGES = "no-cache"
ENDINGS = {"br": ".br", "gzip": ".gz"}  # the smaller first


def send_built(folder: Path, name: str, *, for_ever: bool) -> Response:
    """A file of a build, compressed if the browser reads that; with `for_ever`, it is never requested again."""
    coding = _coding(folder, name)
    response = send_from_directory(folder, name + ENDINGS.get(coding, ""), mimetype=mimetypes.guess_type(name)[0])
    if coding:
        response.content_encoding = coding
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOR_EVER if for_ever else CHANGES
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _coding(folder: Path, name: str) -> str:
    """The best compression of this file that exists and that this browser reads; empty for the plain file."""
    found = safe_join(str(folder), name)
    accepted = (coding for coding in ENDINGS if request.accept_encodings.quality(coding) > 0)
    return next((coding for coding in accepted if found and Path(found + ENDINGS[coding]).is_file()), "")
