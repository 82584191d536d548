"""The package of a game from outside: a zip that the server has checked and written anew.

The server and the box serve its files straight from the zip, each under its name. Nothing is extracted to a disk.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

MIME = "application/zip"
INDEX = "index.html"
SDK = "liftcast.js"  # written into each package, so that a game goes on with the version it was made for
SDK_FILE = Path(__file__).parent.parent / "phone" / "app" / "dist" / "sdk" / SDK
BOARD = "board/"  # the pictures that the screen may show
PICTURE_SIDE = 1024  # of those, in pixels
FILE_BYTES, ALL_BYTES = 3 << 20, 6 << 20  # unpacked

# The type as which a file is served, by the ending of its name. No other files are accepted.
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


def ending_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def read_packed(package: Path, name: str) -> bytes | None:
    """A file of the package; None if it has none of this name, or is no package."""
    try:
        with zipfile.ZipFile(package) as archive, archive.open(name) as file:
            content = file.read(FILE_BYTES + 1)
    except (KeyError, OSError, zipfile.BadZipFile):
        return None
    return content if len(content) <= FILE_BYTES else None
