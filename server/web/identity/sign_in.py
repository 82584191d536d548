"""The doors: sign in, one-time links, sign out, change of password, choice of language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from server.accounts import audit, passwords
from server.accounts.links import LinkUsed, Purpose, use_link, valid_link
from server.accounts.models import Person, Role, SignInLink
from server.accounts.people import (
    Email,
    Name,
    NoSuchPerson,
    PersonForm,
    add_person,
    an_owner_exists,
    person_by_email,
    set_password,
)
from server.context import reading, transaction
from server.db import get_or_raise, utc_now
from server.errors import Invalid
from server.http.answers import retry_headers
from server.http.limits import LimitRule, asking_network, limit_tries
from server.http.off_hub import off_hub
from server.http.tries import TooManyTries, TriesUnderWay
from server.web.answers import answer_error
from server.web.forms import Typed, answer_form, shown_values
from server.web.identity.auth import current_person, enter, is_own_page, leave, next_page, signed_in_person
from server.web.identity.known_browsers import account_key, known_browser, remember_browser
from server.web.words.language import choose_language
from server.web.words.language import say as _

bp = Blueprint("auth", __name__)


class WrongSignIn(Invalid):
    """This e-mail address and password do not fit together. Check both, or ask an owner for a sign-in link."""


class WrongPassword(Invalid):
    """This is not your present password. Type it again, or ask an owner for a sign-in link."""


class SignInForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    email: str = ""
    password: str = ""


class OwnerForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    email: Email
    password: str


class InvitedForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    password: str


class PasswordForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    present: str = ""
    password: str


# --- how often someone may be wrong


def _address_key() -> str:
    return known_browser(_email()) or asking_network()


def _account_key() -> str:
    return known_browser(_email()) or account_key(_email())


def _email() -> str:
    return request.form.get("email", "")


def _person_key() -> str:
    return current_person().id


SIGN_IN_TRIES = (
    LimitRule("sign-in address", "10/minute;60/hour", _address_key),
    LimitRule("sign-in account", "10 per 15 minutes", _account_key),
)
PASSWORD_TRIES = (
    LimitRule("password address", "10/minute"),
    LimitRule("password person", "10 per 15 minutes", _person_key),
)
LINK_TRIES = LimitRule("one-time links", "30/minute")


@bp.errorhandler(TooManyTries)
@bp.errorhandler(TriesUnderWay)
def too_many_tries(error: TooManyTries | TriesUnderWay) -> ResponseReturnValue:
    """The form again, as typed. A right and a wrong password get the same answer: neither was looked at."""
    again = {"auth.do_sign_in": sign_in_page, "auth.change_password": password_page}.get(request.endpoint or "")
    if again is None:
        return answer_error(error)
    return again(Typed(shown_values(), trouble=error)), error.status, retry_headers(error)


@bp.get("/")
def home() -> ResponseReturnValue:
    person = signed_in_person()
    return redirect(home_of(person) if person else url_for("auth.sign_in"))


def home_of(person: Person) -> str:
    """Who only redeems works at the counter."""
    return url_for("counter.page") if person.role is Role.STAFF else url_for("console.home")


# --- with a password


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    return sign_in_page(Typed())


def sign_in_page(typed: Typed) -> str:
    with reading() as db:
        begun = an_owner_exists(db)
    return render_template("auth/sign_in.html", typed=typed, begun=begun, next=request.values.get("next", ""))


@bp.post("/sign-in")
@limit_tries(*SIGN_IN_TRIES, counts=lambda status: status == WrongSignIn.status)
def do_sign_in() -> ResponseReturnValue:
    return answer_form(SignInForm, done=sign_in_with, again=sign_in_page)


def sign_in_with(form: SignInForm) -> ResponseReturnValue:
    with reading() as db:
        person = person_by_email(db, form.email)
    fits = off_hub(passwords.fits, person.password_hash if person else None, form.password)
    if person is None or not fits or person.disabled_at is not None:
        raise WrongSignIn
    with transaction() as db:
        enter(db, person)
    remember_browser(person.email)
    return redirect(next_page())


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    leave()
    return redirect(url_for("auth.sign_in"))


@bp.get("/password")
def password() -> ResponseReturnValue:
    current_person()
    return password_page(Typed())


def password_page(typed: Typed) -> str:
    return render_template("auth/password.html", typed=typed)


@bp.post("/password")
@limit_tries(*PASSWORD_TRIES, counts=lambda status: status == WrongPassword.status)
def change_password() -> ResponseReturnValue:
    current_person()
    return answer_form(PasswordForm, done=change_to, again=password_page)


def change_to(form: PasswordForm) -> ResponseReturnValue:
    """Someone who signed in by a link has no password yet, and need not type one."""
    known = current_person().password_hash
    if known and not off_hub(passwords.fits, known, form.present):
        raise WrongPassword
    new_hash = off_hub(passwords.hash_password, form.password)
    with transaction() as db:
        person = set_password(db, current_person(), new_hash)
        audit.record(db, person.id, "password changed", person.id, now=utc_now())
        enter(db, person)
    flash(_("Your password is changed; other devices are signed out."))
    return redirect(home_of(person))


# --- with a one-time link


@bp.get("/link/<token>")
@limit_tries(LINK_TRIES)
def link(token: str) -> ResponseReturnValue:
    return link_page(token)(Typed())


def link_page(token: str) -> Callable[[Typed], str]:
    with reading() as db:
        link = valid_link(db, token, now=utc_now())
        person = db.get(Person, link.person_id) if link.person_id else None
    return lambda typed: render_template(f"auth/{link.purpose}_link.html", typed=typed, person=person)


@bp.post("/link/<token>")
@limit_tries(LINK_TRIES)
def open_link(token: str) -> ResponseReturnValue:
    with reading() as db:
        purpose = Purpose(valid_link(db, token, now=utc_now()).purpose)
    form_class, opened = OPENED_BY[purpose]
    return answer_form(form_class, done=lambda form: enter_by(token, form, opened), again=link_page(token))


def enter_by(token: str, form: Any, opened: Callable[..., Person]) -> ResponseReturnValue:
    """Uses the link up and does what it is for, in one transaction."""
    password_hash = off_hub(passwords.hash_password, form.password) if "password" in form.model_fields_set else ""
    now = utc_now()
    with transaction() as db:
        link = valid_link(db, token, now=now)
        use_link(db, link, now=now)
        person = opened(db, link, form, password_hash, now)
        audit.record(db, person.id, f"{link.purpose} link used", person.id, now=now)
        enter(db, person)
    remember_browser(person.email)
    return redirect(home_of(person))


def become_owner(db: Session, link: SignInLink, form: OwnerForm, password_hash: str, now: datetime) -> Person:
    owner = PersonForm(name=form.name, email=form.email, role=Role.OWNER)
    return add_person(db, owner, password_hash=password_hash, now=now)


def accept_invitation(db: Session, link: SignInLink, form: InvitedForm, password_hash: str, now: datetime) -> Person:
    person = get_or_raise(db, Person, link.person_id or "", LinkUsed)
    person.name = form.name
    return set_password(db, person, password_hash)


def sign_in_by_link(db: Session, link: SignInLink, form: BaseModel, password_hash: str, now: datetime) -> Person:
    return get_or_raise(db, Person, link.person_id or "", LinkUsed)


class NothingToType(BaseModel):
    pass


OPENED_BY: dict[Purpose, tuple[type[BaseModel], Callable[..., Person]]] = {
    Purpose.OWNER: (OwnerForm, become_owner),
    Purpose.INVITE: (InvitedForm, accept_invitation),
    Purpose.SIGN_IN: (NothingToType, sign_in_by_link),
}


# --- language


@bp.post("/language")
def choose() -> ResponseReturnValue:
    """Kept in the session, and with the person who is signed in."""
    chosen = request.form.get("language", "")
    choose_language(chosen)
    person = signed_in_person()
    if person and chosen in ("en", "zh"):
        with transaction() as db:
            get_or_raise(db, Person, person.id, NoSuchPerson).language = chosen
    back = request.form.get("next", "")
    return redirect(back if is_own_page(back) else url_for("auth.home"))
