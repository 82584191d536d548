"""How often one address may try: sign-in, one-time links, enrolment, and codes that are wrong."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from server.errors import LiftcastError
from server.web.answers import answer_error
from server.web.context import house

WHOLE_V6 = 64  # bits: one household or one phone owns all that follow them


def asking_network() -> str:
    """Who is counted: an IPv4 address, or the /64 that an IPv6 address is one of without end."""
    given = get_remote_address()
    try:
        address = ip_address(given)
    except ValueError:
        return given
    return _counted(address)


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), WHOLE_V6), strict=False))


limiter = Limiter(key_func=asking_network)


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
