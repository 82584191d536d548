"""The console's blueprint, the doors to its subjects, and the words that its templates use."""

from __future__ import annotations

from flask import Blueprint

from server.accounts.rights import Right
from server.web.auth import can
from server.web.console import words
from server.web.console.moves import media_url
from server.web.language import say_later as _l

bp = Blueprint("console", __name__, url_prefix="/console")

# Endpoint, name, right; in the order of the work.
DOORS = (
    ("console.home", _l("Overview"), None),
    ("console.screens", _l("Screens"), Right.SEE_SCREENS),
    ("console.venues", _l("Venues"), Right.SEE_SCREENS),
    ("console.creatives", _l("Creatives"), Right.SEE_CREATIVES),
    ("console.campaigns", _l("Campaigns"), Right.SEE_CAMPAIGNS),
    ("console.offers", _l("Offers"), Right.SEE_OFFERS),
    ("console.report", _l("Report"), None),
    ("console.people", _l("People"), Right.EDIT_PEOPLE),
)


@bp.context_processor
def shared() -> dict[str, object]:
    doors = [(place, name) for place, name, right in DOORS if right is None or can(right)]
    return {"doors": doors, "words": words, "media_url": media_url}
