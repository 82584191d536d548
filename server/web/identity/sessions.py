"""Where a person is signed in: the list of their devices, each to be signed out, or all but this one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from server.accounts import audit
from server.accounts.people import end_access
from server.accounts.sessions import end_session, sessions_of
from server.context import reading, services, transaction
from server.db import utc_now
from server.web.identity.auth import current_person, current_session, enter
from server.web.words.language import say as _

bp = Blueprint("sessions", __name__, url_prefix="/sessions")


@bp.get("")
def own() -> ResponseReturnValue:
    person, present = current_person(), current_session()
    with reading() as db:
        sessions = sessions_of(db, person.id, services().settings, now=utc_now())
    others = [session for session in sessions if session.id != present.id]
    return render_template("auth/sessions.html", present=present, others=others, settings=services().settings)


@bp.post("/<session_id>/end")
def end(session_id: str) -> ResponseReturnValue:
    person = current_person()
    with transaction() as db:
        end_session(db, session_id, person_id=person.id)
        audit.record(db, person.id, "device signed out", person.id, now=utc_now())
    flash(_("The device is signed out."))
    return redirect(url_for("sessions.own"))


@bp.post("/end")
def end_others() -> ResponseReturnValue:
    """All at once, links and upload tickets too; this browser gets a new session."""
    with transaction() as db:
        person = end_access(db, current_person().id)
        audit.record(db, person.id, "signed out everywhere", person.id, now=utc_now())
        enter(db, person)
    flash(_("All other devices are signed out."))
    return redirect(url_for("sessions.own"))
