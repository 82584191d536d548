"""Headers that keep pages out of other sites' frames, and those of signed-in people to themselves."""

from __future__ import annotations

from flask import Flask, Response, request

from server.context import services
from server.http.https import require_https

# Rooms whose pages show what only signed-in people may see.
GUARDED = ("auth", "console", "counter", "sessions")


def install_headers(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")  # for browsers that know no frame-ancestors
    require_https(response, services().settings)
    if request.blueprint in GUARDED:
        response.headers.setdefault("Content-Security-Policy", content_policy(services().settings.media_url))
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def content_policy(media_url: str) -> str:
    """Own scripts and styles only; pictures, films and uploads also from and to the media process."""
    return "; ".join(
        (
            "default-src 'self'",
            f"img-src 'self' data: blob: {media_url}",
            f"media-src 'self' {media_url}",
            f"connect-src 'self' {media_url}",
            "style-src 'self' 'unsafe-inline'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )
