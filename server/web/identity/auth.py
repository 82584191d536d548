"""The sender of a request: sessions of people, keys of machines, and the right that each view needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlmodel import Session

from server.accounts import audit
from server.accounts.access import Access
from server.accounts.devices import describe_device
from server.accounts.keys import key_of
from server.accounts.models import ApiKey, Person, PersonSession
from server.accounts.rights import Right, Who, may, require
from server.accounts.sessions import end_session_of_token, find_session, start_session
from server.context import reading, services, transaction
from server.db import utc_now
from server.errors import Denied, Invalid
from server.settings import Settings
from server.web.answers import answer_error
from server.web.headers import install_headers
from server.web.words.language import CHOSEN, choose_language

P = ParamSpec("P")
R = TypeVar("R")

# Rooms that people without a session use; their calls carry a token of their own, or nothing worth stealing.
WITHOUT_SESSION = ("player_api", "phone", "game_previews", "wallet", "health")

UNKNOWN_MOST = 100_000  # bytes, as over a socket
LARGE_BODIES = ("player_api.plays", "player_api.picture", "player_api.leases")

logins = LoginManager()
csrf = CSRFProtect()


class SignInNeeded(Denied):
    """You are not signed in. Sign in and try again."""

    status = 401


class BadKey(Denied):
    """This key is unknown or was revoked. Ask an owner for a new one."""

    status = 401


class StaleForm(Invalid):
    """This form was open too long, or in a window that was signed out. Load the page again and send it once more."""

    status = 400


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person of this request, and the session in which they are signed in."""

    def __init__(self, person: Person, session: PersonSession, token: str) -> None:
        self.person = person
        self.session = session
        self.token = token

    def get_id(self) -> str:
        """The session's token, which Flask-Login stores in the cookie."""
        return self.token


def session_cookie(settings: Settings) -> str:
    """Its name: behind https one that no other host, and no plain http, can set (RFC 6265bis, section 4.1.3.2)."""
    return "__Host-liftcast" if settings.secure_cookies else "liftcast"


def install_auth(app: Flask) -> None:
    """Sessions, CSRF for all that relies on them, and the headers of guarded pages."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    logins.init_app(app)
    csrf.init_app(app)
    install_headers(app)
    app.before_request(bound_body)
    app.before_request(protect_form)
    app.register_error_handler(SignInNeeded, answer_sign_in)
    app.register_error_handler(CSRFError, answer_stale_form)
    app.context_processor(lambda: {"signed_in": signed_in_person(), "can": can, "Right": Right})


@logins.user_loader  # type: ignore[untyped-decorator]
def load_signed_in(token: str) -> SignedIn | None:
    now = utc_now()
    with reading(brief=True) as db:
        found = find_session(db, token, services().settings, now=now)
    if found is None:
        return None
    session, person = found
    services().last_seen.note(session, now)
    return SignedIn(person, session, token)


# --- the sender of the request


def signed_in_person() -> Person | None:
    return current_user.person if current_user and current_user.is_authenticated else None


def current_person() -> Person:
    """The person of this session, or a demand to sign in."""
    person = signed_in_person()
    if person is None:
        raise SignInNeeded
    return person


def current_session() -> PersonSession:
    """The session of the person who is signed in; see `current_person`."""
    current_person()
    return cast(PersonSession, current_user.session)


def current_access() -> Access:
    """The person or key and the session that this request was allowed by, for a ticket that is used later."""
    who = current_who()
    if isinstance(who, Person):
        return Access(who=who.id, epoch=who.session_epoch, session=current_session().id)
    return Access(who=who.id)


def current_who() -> Who:
    """The sender: the machine of a bearer key, else the person of the session. A bad key never falls back."""
    return cast(Who, _key_of_request() if carries_key() else current_person())


def carries_key() -> bool:
    """Keys open the API alone; on a page only its session counts."""
    given = request.authorization
    return request.path.startswith("/api/") and given is not None and given.type == "bearer"


def _key_of_request() -> ApiKey:
    if "api_key" not in g:
        with reading(brief=True) as db:
            g.api_key = key_of(db, (request.authorization and request.authorization.token) or "")
    if g.api_key is None:
        raise BadKey
    return cast(ApiKey, g.api_key)


def requires(right: Right) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only people and keys with this right may call the view. The view checks with `require` whether a thing is
    theirs."""

    def guarded(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            require(current_who(), right)
            return view(*args, **kwargs)

        return wrapper

    return guarded


def can(right: Right, thing: object = None) -> bool:
    """For templates: whether to offer what the right allows."""
    person = signed_in_person()
    return person is not None and may(person, right, thing)


def actor() -> str:
    """The id of the acting person or key, for `by=` and the audit log."""
    return current_who().id


def note(db: Session, action: str, subject: str = "", **facts: object) -> None:
    """An audit entry of the acting person or key, for domain calls that write none themselves."""
    audit.record(db, actor(), action, subject, facts, now=utc_now())


# --- sessions


def enter(db: Session, person: Person) -> None:
    """Sign this browser in: a new session in place of the one it had. Its cookie keeps nothing but the language."""
    _end_present_session(db)
    device = describe_device(request.user_agent.string, request.remote_addr or "")
    started, token = start_session(db, person, device, now=utc_now())
    language = person.language or session.get(CHOSEN, "")
    session.clear()
    choose_language(language)
    login_user(SignedIn(person, started, token))


def leave() -> None:
    with transaction() as db:
        _end_present_session(db)
    logout_user()
    session.clear()


def _end_present_session(db: Session) -> None:
    if signed_in_person() is not None:
        end_session_of_token(db, current_user.get_id())


def next_page() -> str:
    """The page that the visitor opened before signing in, if it is a page of this server."""
    page = request.values.get("next", "")
    return page if is_own_page(page) else url_for("auth.home")


def is_own_page(path: str) -> bool:
    """`/console/…` yes; `//elsewhere`, `/\\elsewhere` and whole addresses no: browsers leave the server for those."""
    parts = urlsplit(path)
    plain = path.isprintable() and "\\" not in path
    return plain and path.startswith("/") and not path.startswith("//") and not (parts.scheme or parts.netloc)


# --- what every request passes


def bound_body() -> None:
    """Who is not known has no reason to send much; where a body may be large, its key is checked before it is read."""
    checks_key = request.blueprint == "operator_api" or request.endpoint in LARGE_BODIES
    if request.method not in current_app.config["WTF_CSRF_METHODS"] or (checks_key and carries_key()):
        return
    if signed_in_person() is None:
        request.max_content_length = request.max_form_memory_size = UNKNOWN_MOST


def protect_form() -> None:
    """A change that is allowed by a session must also carry the page's CSRF token.

    A program that sent neither a key nor a session has no form to be stale: the answer is that it must sign in.
    """
    checked = current_app.config["WTF_CSRF_ENABLED"] and request.blueprint not in WITHOUT_SESSION
    if not checked or carries_key() or request.routing_exception is not None:
        return
    changes = request.method in current_app.config["WTF_CSRF_METHODS"]
    if changes and request.path.startswith("/api/") and signed_in_person() is None:
        raise SignInNeeded
    csrf.protect(apply_exemptions=True)


def answer_sign_in(error: SignInNeeded) -> ResponseReturnValue:
    """A page sends its visitor to sign in and back; a program gets 401; htmx gets a redirect of the whole page."""
    if request.path.startswith("/api/"):
        return answer_error(error)
    here = request.full_path if request.method == "GET" and "HX-Request" not in request.headers else "/console/"
    place = url_for("auth.sign_in", next=here.rstrip("?"))
    return ("", 401, {"HX-Redirect": place}) if "HX-Request" in request.headers else redirect(place)


def answer_stale_form(error: CSRFError) -> ResponseReturnValue:
    return answer_error(StaleForm())
