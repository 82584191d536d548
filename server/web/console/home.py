"""The first page: what is next on a new server, how things stand on a running one."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from server.web.auth import current_person
from server.web.console.room import bp


@bp.get("/")
def home() -> ResponseReturnValue:
    current_person()
    return render_template("console/home.html")
