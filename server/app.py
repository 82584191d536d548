"""create_app: the table of contents of the server's web process."""

from __future__ import annotations

from flask import Flask

from media.store import MediaStore
from server.context import Services
from server.db import make_request_engine
from server.db.engine import THREADS
from server.db.greenlets import GREENLETS
from server.http.availability_client import availability_client
from server.http.limits import install_limits
from server.http.proxies import trust_proxies
from server.redis_link import RedisLink
from server.settings import Settings
from server.web import console, counter, health, operator_api, phone, player_api, wallet
from server.web.answers import WebApp, install_error_answers
from server.web.built_files import install_static_files
from server.web.games import previews
from server.web.identity import sessions, sign_in
from server.web.identity.auth import install_auth, session_cookie
from server.web.openapi.document import install_openapi
from server.web.paging import install_paging
from server.web.unicode import install_nfc
from server.web.words.dates import init_moments
from server.web.words.language import install_language


def create_app(settings: Settings, *, in_hub: bool = False) -> Flask:
    """The web application; `in_hub` when it runs inside gevent's hub."""
    app = WebApp("server.web")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=4 << 20,
        MAX_FORM_MEMORY_SIZE=4 << 20,  # a long table may be pasted into a form
        SESSION_COOKIE_NAME=session_cookie(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
    )
    services = app.extensions["liftcast"] = Services(
        settings=settings,
        engine=make_request_engine(settings.database_url, concurrency=GREENLETS if in_hub else THREADS),
        store=MediaStore(settings.media_dir),
        query_availability=availability_client(settings),
        redis=RedisLink(settings.redis_url) if settings.redis_url else None,
    )
    trust_proxies(app, settings)
    install_nfc(app)
    install_error_answers(app)
    install_static_files(app)
    install_language(app)
    install_limits(app, services.redis)
    init_moments(app)
    install_paging(app)
    install_auth(app)
    for part in (sign_in, sessions, console, player_api, phone, previews, wallet, counter, operator_api, health):
        app.register_blueprint(part.bp)
    install_openapi(app)
    return app
