"""Scripts, styles and icons: sent in the smallest form that a browser reads, and kept by it until they change.

The build writes a `.br` and a `.gz` beside each file, so that nothing is compressed while phones wait. These files are
the same for everyone. Pages are never compressed: the length of a compressed page gives its secrets away, letter by
letter, to whoever can make it repeat a guess (BREACH, Gluck, Harris and Prado 2013).
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.security import safe_join

FOR_EVER = "public, max-age=31536000, immutable"
CHANGES = "no-cache"
ENDINGS = {"br": ".br", "gzip": ".gz"}  # the smaller first
VERSION_LENGTH = 12


def install_static_files(app: Flask) -> None:
    """Addresses of static files carry their version: `url_for` adds it, and only with it a file is kept for ever."""
    app.view_functions["static"] = static_file
    app.session_interface = Sessions()
    app.url_defaults(add_version)


class Sessions(SecureCookieSessionInterface):
    """What every cache may keep is the same for everyone: no session is written with it, nor named in its `Vary`."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.public:
            super().save_session(app, session, response)


def add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and (version := _version(values.get("filename", ""))):
        values.setdefault("v", version)


def static_file(filename: str) -> Response:
    kept = request.args.get("v", "") == _version(filename) != ""
    return send_built(_static_folder(), filename, keep=kept)


def send_built(folder: Path, name: str, *, keep: bool) -> Response:
    """A file of the build, compressed if the browser reads that; with `keep`, the browser need not ask again."""
    coding = _coding(folder, name)
    response = send_from_directory(folder, name + ENDINGS.get(coding, ""), mimetype=mimetypes.guess_type(name)[0])
    if coding:
        response.content_encoding = coding
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOR_EVER if keep else CHANGES
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _coding(folder: Path, name: str) -> str:
    """The best that there is of this file for this browser; empty for the file as it is."""
    found = safe_join(str(folder), name)
    accepted = (coding for coding in ENDINGS if request.accept_encodings.quality(coding) > 0)
    return next((coding for coding in accepted if found and Path(found + ENDINGS[coding]).is_file()), "")


def _version(name: str) -> str:
    """The beginning of the file's SHA-256; empty if there is no such file."""
    found = safe_join(str(_static_folder()), name)
    if not found or not Path(found).is_file():
        return ""
    stat = Path(found).stat()
    return _digest(found, stat.st_mtime_ns, stat.st_size)[:VERSION_LENGTH]


@cache
def _digest(path: str, _mtime_ns: int, _size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _static_folder() -> Path:
    return Path(str(current_app.static_folder))
