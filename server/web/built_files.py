"""The server's own static files: their addresses carry a version, with which browsers store them for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.security import safe_join

from media.phone.built_files import send_built

VERSION_LENGTH = 12


def install_static_files(app: Flask) -> None:
    """Addresses of static files carry their version: `url_for` adds it, and only with it is a file stored for ever."""
    app.view_functions["static"] = static_file
    app.session_interface = Sessions()
    app.url_defaults(add_version)


class Sessions(SecureCookieSessionInterface):
    """Files that every cache may store are the same for everyone: they set no session and do not vary with it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.public:
            super().save_session(app, session, response)


def add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and (version := _version(values.get("filename", ""))):
        values.setdefault("v", version)


def static_file(filename: str) -> Response:
    is_versioned = request.args.get("v", "") == _version(filename) != ""
    return send_built(_static_folder(), filename, for_ever=is_versioned)


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
