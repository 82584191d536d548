"""Small moves that many pages share."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from server.context import services
from server.creatives.links import link_key
from server.db import utc_now


def moved_to(endpoint: str, message: str, **values: Any) -> ResponseReturnValue:
    """Say what was done, and show where it stands now."""
    flash(message)
    return redirect(url_for(endpoint, **values))


def undoable(endpoint: str, message: str, *, undo: str, **values: Any) -> ResponseReturnValue:
    """The same, with a button beside the message that posts to `undo`."""
    flash((message, undo), "undo")  # type: ignore[arg-type]  # what a session can hold
    return redirect(url_for(endpoint, **values))


def media_url(digest: str) -> str:
    """A signed link: everyone who sees a page of the console may see its pictures, also those that are not public."""
    settings = services().settings
    return f"{settings.media_url}/media/{digest}?key={link_key(settings, digest, now=utc_now())}"
