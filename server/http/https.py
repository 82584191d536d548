"""Strict-Transport-Security, for every answer that is sent by https."""

from __future__ import annotations

from flask import Response, request

from server.settings import Settings


def require_https(response: Response, settings: Settings) -> None:
    """HSTS (RFC 6797) where the request came by https: it must not be sent by plain http (section 7.2)."""
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={settings.hsts_days * 86400}"
