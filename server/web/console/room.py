"""The console's blueprint, and the doors that everyone sees who may use them."""

from __future__ import annotations

from flask import Blueprint

from server.web.auth import can
from server.web.language import say_later as _l

bp = Blueprint("console", __name__, url_prefix="/console")

# Endpoint, name, right; in the order of the work.
DOORS = (("console.home", _l("Overview"), None),)


@bp.context_processor
def doors() -> dict[str, object]:
    return {"doors": [(place, name) for place, name, right in DOORS if right is None or can(right)]}
