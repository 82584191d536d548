"""Signed links to single files of the media store: for the console, which also shows files that are not public."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from itsdangerous import BadSignature, Signer

from server.settings import Settings

PURPOSE = "liftcast media link"


def link_key(settings: Settings, digest: str, *, now: datetime) -> str:
    """The `key` of `/media/<digest>?key=…`, good for one to two days.

    It is the same all day, so that a page that renews itself every few seconds does not fetch its pictures again.
    """
    until = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    return _signer(settings, digest).sign(str(int(until.timestamp()))).decode()


def is_good_key(settings: Settings, digest: str, key: str, *, now: datetime) -> bool:
    with suppress(BadSignature):
        return int(_signer(settings, digest).unsign(key)) > now.timestamp()
    return False


def _signer(settings: Settings, digest: str) -> Signer:
    return Signer(settings.secret_key, salt=f"{PURPOSE} {digest}")
