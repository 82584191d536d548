"""The files of a custom game, served from its package: nothing that they do reaches the page, its data or the network.

The server and the box answer with the same headers. The policy works alone too, where somebody opens a file by itself.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from flask import Response, send_file

from media.games.package import TYPES, ending_of, read_packed

FOR_EVER = "public, max-age=31536000, immutable"


def game_policy(folder: str) -> str:
    """A Content-Security-Policy that allows the files in this folder, by its whole address with the last slash.

    The address is written out: in a sandbox, not every browser takes 'self' for the origin of the file.
    """
    own = " ".join(f"{kind}-src {folder}{more};" for kind, more in OWN.items())
    return f"sandbox allow-scripts; default-src 'none'; {own} {NOTHING_ELSE}"


# A style within the page and a picture that the game has drawn itself bring nothing in and carry nothing out.
OWN = {"script": "", "style": " 'unsafe-inline'", "img": " data: blob:", "media": " blob:", "font": ""}
NOTHING_ELSE = "connect-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'; webrtc 'block'"


def send_game_file(package: Path, name: str, *, folder: str, etag: str) -> Response | None:
    """A file of the package, in ranges too; None if there is no such file."""
    mime = TYPES.get(ending_of(name))
    content = read_packed(package, name) if mime else None
    if content is None:
        return None
    response = send_file(BytesIO(content), mimetype=mime, conditional=True, etag=f"{etag}-{name}", max_age=None)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Security-Policy"] = game_policy(folder)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-DNS-Prefetch-Control"] = "off"
    response.headers["Referrer-Policy"] = "no-referrer"
    # Of a frame without an origin, scripts of modules and fonts are requests of another origin.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
