"""Behind reverse proxies, a request's address and name are those that the trusted ones report."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from server.settings import Settings


def trust_proxies(app: Flask, settings: Settings) -> None:
    count = settings.proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
