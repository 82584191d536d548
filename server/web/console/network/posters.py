"""A screen's printed poster and sticker: its WiFi, its page, and where to report a fault, each as a QR."""

from __future__ import annotations

import re
from typing import NamedTuple

import segno
from flask import render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.accounts.rights import Right
from server.context import reading, services
from server.db import get_or_raise
from server.screens.models import Screen, Venue
from server.screens.venues import NoScreen
from server.web.console.blueprint import bp
from server.web.identity.auth import requires

# The characters that stand for themselves only behind a backslash
# (https://github.com/zxing/zxing/wiki/Barcode-Contents#wi-fi-network-config-android-ios-11).
SPECIAL = re.compile(r'([\\;,":])')


class PrintedCode(NamedTuple):
    """svg: dark on white, without a size of its own · text: for those who cannot scan it"""

    svg: Markup
    text: str


@bp.get("/screens/<screen_id>/poster")
@requires(Right.SEE_SCREENS)
def poster(screen_id: str) -> ResponseReturnValue:
    """Two sheets, in English and 中文, for people who speak either."""
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        venue = db.get_one(Venue, screen.venue_id)
    page = f"{services().settings.public_url}/s/{screen.code}"
    return render_template(
        "console/poster.html",
        screen=screen,
        venue=venue,
        wifi=_code(wifi_text(screen.wifi), screen.wifi) if screen.wifi else None,
        page=_code(page, page.split("://", 1)[-1]),
        fault=_code(f"{page}?fault=1#fault", ""),
    )


def wifi_text(name: str) -> str:
    """The text of a QR with which a phone joins an open WiFi of this name."""
    escaped = SPECIAL.sub(r"\\\1", name)
    return f"WIFI:T:nopass;S:{escaped};;"


def _code(content: str, text: str) -> PrintedCode:
    """With a quarter of it to spare: it hangs where people touch it."""
    return PrintedCode(Markup(segno.make(content, error="q").svg_inline(border=4, omitsize=True)), text)  # noqa: S704  segno's own
