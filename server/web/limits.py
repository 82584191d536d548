"""How often one address may try: sign-in, one-time links, enrolment, and codes that are wrong."""

from __future__ import annotations

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from server.errors import LiftcastError
from server.web.answers import answer_error
from server.web.context import house

limiter = Limiter(key_func=get_remote_address)


class TooManyTries(LiftcastError):
    """Too many tries from this address. Wait a minute and try again."""

    status = 429


def install_limits(app: Flask) -> None:
    """Counts are kept in Redis where several web processes share the work, else in this process."""
    with app.app_context():
        app.config.setdefault("RATELIMIT_STORAGE_URI", house().settings.redis_url or "memory://")
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, answer_too_many)


def answer_too_many(error: RateLimitExceeded) -> ResponseReturnValue:
    return answer_error(TooManyTries())
