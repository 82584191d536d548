"""People: who may come in, as what; and the keys of machines."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.keys import KeyForm, all_keys, good_keys_made_by, is_good, make_key, revoke_key
from server.accounts.links import invite_link, sign_in_link
from server.accounts.models import Person, Role
from server.accounts.people import (
    NoSuchPerson,
    PersonForm,
    add_person,
    change_person,
    disable_person,
    enable_person,
    end_access,
    page_of_people,
)
from server.accounts.rights import Right
from server.accounts.sessions import sessions_of
from server.campaigns.advertisers import advertisers
from server.context import reading, services, transaction
from server.coupons.lists import all_merchants
from server.db import get_or_raise, utc_now
from server.paging import PageRequest
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, read_query
from server.web.identity.auth import actor, current_person, enter, note, requires
from server.web.words.language import say as _


class PeopleQuery(PageRequest):
    role: Role | None = None


@bp.get("/people")
@requires(Right.EDIT_PEOPLE)
def people() -> ResponseReturnValue:
    query = read_query(PeopleQuery)
    with reading() as db:
        page = page_of_people(db, query, role=query.role)
        keys = [(key, is_good(db, key)) for key in all_keys(db)]
        shown = {"page": page, "keys": keys, "scopes": names_of_scopes(db)}
    return render_template("console/people.html", query=query, **shown)


def names_of_scopes(db: Session) -> dict[str, str]:
    names = {advertiser.id: advertiser.name for advertiser in advertisers(db, also_archived=True)}
    return names | {merchant.id: merchant.name for merchant in all_merchants(db, also_archived=True)}


def scope_choices(db: Session) -> dict[str, list[tuple[str, str]]]:
    return {
        "advertisers": [(advertiser.id, advertiser.name) for advertiser in advertisers(db)],
        "merchants": [(merchant.id, merchant.name) for merchant in all_merchants(db)],
    }


@bp.get("/people/invite")
@requires(Right.EDIT_PEOPLE)
def invite() -> ResponseReturnValue:
    return person_page(Typed({"role": Role.OPERATOR}))


def person_page(typed: Typed, person: Person | None = None) -> str:
    with reading() as db:
        shown: dict[str, Any] = {"person": person, **scope_choices(db)}
        if person is not None:
            shown["sessions"] = sessions_of(db, person.id, services().settings, now=utc_now())
            shown["keys"] = good_keys_made_by(db, person.id)
        return render_template("console/person.html", typed=typed, **shown)


@bp.post("/people/invite")
@requires(Right.EDIT_PEOPLE)
def send_invitation() -> ResponseReturnValue:
    def done(form: PersonForm) -> ResponseReturnValue:
        with transaction() as db:
            person = add_person(db, form, now=utc_now())
            link = invite_link(db, person, services().settings, utc_now())
            note(db, "person invited", person.id, role=person.role)
        return link_page(person, link)

    return answer_form(PersonForm, done=done, again=person_page)


def link_page(person: Person, link: str) -> str:
    """Shown once: only the link's hash is stored."""
    return render_template("console/link.html", person=person, link=link)


@bp.get("/people/<person_id>")
@requires(Right.EDIT_PEOPLE)
def person(person_id: str) -> ResponseReturnValue:
    with reading() as db:
        person = get_or_raise(db, Person, person_id, NoSuchPerson)
    return person_page(Typed(person.model_dump()), person)


@bp.post("/people/<person_id>")
@requires(Right.EDIT_PEOPLE)
def save_person(person_id: str) -> ResponseReturnValue:
    with reading() as db:
        person = get_or_raise(db, Person, person_id, NoSuchPerson)

    def done(form: PersonForm) -> ResponseReturnValue:
        with transaction() as db:
            note(db, "person changed", person_id, role=form.role)
            stay_signed_in(db, change_person(db, person_id, form))
        return moved_to("console.people", _("Saved."))

    return answer_form(PersonForm, done=done, again=lambda typed: person_page(typed, person))


def stay_signed_in(db: Session, person: Person) -> None:
    """Sign a person in again whose change ended their own sessions: they go on in this browser."""
    if person.id == current_person().id:
        enter(db, person)


@bp.post("/people/<person_id>/sessions/end")
@requires(Right.EDIT_PEOPLE)
def sign_out_everywhere(person_id: str) -> ResponseReturnValue:
    with transaction() as db:
        note(db, "signed out everywhere", person_id)
        stay_signed_in(db, end_access(db, person_id))
    flash(_("Signed out everywhere."))
    return redirect(url_for("console.person", person_id=person_id))


@bp.post("/people/<person_id>/link")
@requires(Right.EDIT_PEOPLE)
def new_link(person_id: str) -> ResponseReturnValue:
    """An invitation for who has no password yet, else a link that signs in once."""
    with transaction() as db:
        person = get_or_raise(db, Person, person_id, NoSuchPerson)
        settings, now = services().settings, utc_now()
        invited = not person.password_hash
        link = invite_link(db, person, settings, now) if invited else sign_in_link(db, person.email, settings, now)
        note(db, "link made", person_id)
    return link_page(person, link)


@bp.post("/people/<person_id>/disable")
@requires(Right.EDIT_PEOPLE)
def disable(person_id: str) -> ResponseReturnValue:
    with transaction() as db:
        disable_person(db, person_id, now=utc_now())
        note(db, "person disabled", person_id)
    return moved_to("console.people", _("Disabled, and signed out everywhere."))


@bp.post("/people/<person_id>/enable")
@requires(Right.EDIT_PEOPLE)
def enable(person_id: str) -> ResponseReturnValue:
    with transaction() as db:
        enable_person(db, person_id)
        note(db, "person enabled", person_id)
    return moved_to("console.people", _("Enabled again."))


# --- keys of machines


@bp.get("/keys/new")
@requires(Right.EDIT_PEOPLE)
def new_key() -> ResponseReturnValue:
    return key_page(Typed({"role": Role.VIEWER}))


def key_page(typed: Typed) -> str:
    with reading() as db:
        return render_template("console/key.html", typed=typed, **scope_choices(db))


@bp.post("/keys/new")
@requires(Right.EDIT_PEOPLE)
def create_key() -> ResponseReturnValue:
    def done(form: KeyForm) -> ResponseReturnValue:
        with transaction() as db:
            key, secret = make_key(db, form, by=actor(), now=utc_now())
            note(db, "key made", key.id, name=key.name, role=key.role)
        return render_template("console/secret.html", key=key, secret=secret)

    return answer_form(KeyForm, done=done, again=key_page)


@bp.post("/keys/<key_id>/revoke")
@requires(Right.EDIT_PEOPLE)
def end_key(key_id: str) -> ResponseReturnValue:
    with transaction() as db:
        revoke_key(db, key_id, now=utc_now())
        note(db, "key revoked", key_id)
    return moved_to("console.people", _("The key is revoked."))
