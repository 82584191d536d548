"""Headers that keep pages out of other sites' frames, and those of signed-in people to themselves."""

from __future__ import annotations

from flask import Flask, Response, request

from media.phone.headers import content_policy
from server.context import services
from server.http.https import require_https

# Blueprints whose pages only signed-in people may see.
GUARDED = ("auth", "console", "counter", "sessions")


def install_headers(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")  # for browsers that know no frame-ancestors
    require_https(response, services().settings)
    if request.blueprint in GUARDED:
        response.headers.setdefault("Content-Security-Policy", people_policy(services().settings.media_url))
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def people_policy(media_url: str) -> str:
    """Own scripts and styles only; pictures, films, games and uploads also from and to the media process."""
    return content_policy(
        img_src=f"data: blob: {media_url}",
        media_src=media_url,
        connect_src=media_url,
        frame_src=media_url,
        style_src="'unsafe-inline'",
    )
