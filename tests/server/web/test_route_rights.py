"""The matrix: everybody who may knock × every route of the application, against `route_rights.py`.

Routes come from the application itself: one that is missing there, or is listed there and gone, fails. Pages are not
drawn here and nothing is written for good: the test checks only who gets through.

Covers: server.accounts.rights, server.web.identity.auth
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask, templating
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from server import db as database
from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import Person, Role
from server.accounts.people import disable_person
from server.accounts.sessions import end_session_of_token
from server.db import new_id, transaction, utc_now
from server.files.app import create_media_app
from server.screens.players import revoke_player
from server.settings import Settings
from server.web.identity.auth import WITHOUT_SESSION
from tests.factories import bearer, make_person, make_player
from tests.rig.two_tenants import Ids, make_places, make_tenant
from tests.server.web.conftest import enter_as
from tests.server.web.route_rights import MEDIA_ROUTES, audience_of_routes

# Rights are decided by our own code, on any database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALLOWED, NOT_SIGNED_IN, SENT_TO_SIGN_IN, FORBIDDEN, MISSING = "allowed", "401", "sign-in", "403", "404"
SCOPES = {Role.ADVERTISER: "advertiser_id", Role.MERCHANT: "merchant_id", Role.STAFF: "merchant_id"}
KEY_ROLES = [role for role in Role if role is not Role.OWNER]


@dataclass
class Network:
    """Two tenants on one network. ids: of what belongs to neither, by argument of a route."""

    app: Flask
    engine: Engine
    own: Ids
    theirs: Ids
    ids: Ids
    box: dict[str, str]
    audience: dict[str, str] = field(default_factory=audience_of_routes)
    transactions: int = 0

    @contextmanager
    def undone(self, engine: Engine, *, contended: bool = False) -> Iterator[Session]:
        """A transaction whose every statement is tried, and nothing is stored: the next request finds all as it was."""
        with Session(engine, expire_on_commit=False) as db:
            yield db
            db.flush()
        self.transactions += 1

    def scope_of(self, role: Role) -> Ids:
        return {SCOPES[role]: self.own[SCOPES[role]]} if role in SCOPES else {}


@pytest.fixture
def network(app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Network:
    now = utc_now()
    with transaction(engine) as db:
        own, theirs = (make_tenant(db, name=name, now=now) for name in ("Own", "Theirs"))
        places, player = make_places(db, now=now)
        key, _secret = make_key(db, KeyForm(name="A machine", role=Role.VIEWER), now=now)
        ids = {**places, "person_id": make_person(db, role=Role.VIEWER).id, "key_id": key.id}
    ids |= {"move": "pause", "field": "targets", "topic": "home", "name": "none.js", "filename": "none.js"}
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr(templating, "_render", lambda *_: "")
    monkeypatch.setattr(app.jinja_env, "get_or_select_template", lambda name: name)
    network = Network(app, engine, own, theirs, ids, bearer(player))
    monkeypatch.setattr(database, "transaction", network.undone)
    return network


# --- who knocks


Headers = dict[str, str]


def session_of(network: Network, person: Person) -> tuple[Headers, str]:
    """The cookie of a browser in which this person is signed in, and the token in it."""
    client = enter_as(network.app, person)
    cookie = client.get_cookie("liftcast")
    with client.session_transaction() as session:
        return {"Cookie": f"liftcast={cookie.value if cookie else ''}"}, session["_user_id"]


def new_person(network: Network, role: Role) -> Person:
    with transaction(network.engine) as db:
        return make_person(db, role=role, **network.scope_of(role))


def person_of(network: Network, role: Role) -> Headers:
    return session_of(network, new_person(network, role))[0]


def key_of(network: Network, role: Role, **more: Any) -> tuple[Headers, str]:
    form = KeyForm(name="A machine", role=role, **network.scope_of(role))
    with transaction(network.engine) as db:
        key, secret = make_key(db, form, **more, now=utc_now())
    return {"Authorization": f"Bearer {secret}"}, key.id


def ended_session(network: Network) -> Headers:
    headers, token = session_of(network, new_person(network, Role.OWNER))
    with transaction(network.engine) as db:
        end_session_of_token(db, token)
    return headers


def disabled_person(network: Network) -> Headers:
    person = new_person(network, Role.OPERATOR)
    headers, _token = session_of(network, person)
    with transaction(network.engine) as db:
        disable_person(db, person.id, now=utc_now())
    return headers


def revoked_key(network: Network) -> Headers:
    headers, key_id = key_of(network, Role.OPERATOR)
    with transaction(network.engine) as db:
        revoke_key(db, key_id, now=utc_now())
    return headers


def key_of_a_disabled_owner(network: Network) -> Headers:
    new_person(network, Role.OWNER)
    owner = new_person(network, Role.OWNER)
    headers, _key_id = key_of(network, Role.OPERATOR, by=owner.id)
    with transaction(network.engine) as db:
        disable_person(db, owner.id, now=utc_now())
    return headers


def revoked_box(network: Network) -> Headers:
    with transaction(network.engine) as db:
        player = make_player(db)
        revoke_player(db, player.id, by=None, now=utc_now())
    return bearer(player)


def phone(network: Network) -> Headers:
    return {"Cookie": f"{COOKIE}={new_token()}"}


STRANGERS: dict[str, Callable[[Network], Headers]] = {
    "nobody": lambda network: {},
    "an ended session": ended_session,
    "a disabled person": disabled_person,
    "a revoked key": revoked_key,
    "a key of a disabled owner": key_of_a_disabled_owner,
    "a revoked box": revoked_box,
    "a phone": phone,
}


# --- every route


# Bodies for routes that read the body before the rights to a thing: a good one, that makes the thing the sender's own.
BODIES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "PUT /api/v1/campaigns/<campaign_id>": lambda own: {
        "name": "Mine now",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
        "advertiser_id": own["advertiser_id"],
        "creatives": [],
        "targets": [{"kind": "all"}],
    },
    "POST /console/house": lambda own: {"creative_id": own["creative_id"]},
    "POST /console/offers/new": lambda own: {"merchant_id": own["merchant_id"]},
    "POST /console/players/<player_id>/move": lambda own: {"screen_id": own["screen_id"]},
    "POST /api/v1/player/status": lambda own: STATUS,
    "POST /api/v1/player/plays": lambda own: {"plays": []},
    "POST /api/v1/player/leases/claims": lambda own: {"claims": []},
    "PUT /api/v1/offers/<offer_id>": lambda own: {"title": "Mine now", "stock": 1, "valid_days": 1},
    "POST /counter/redemptions/<redemption_id>/reversal": lambda own: {"reason": "Mine now"},
    "POST /api/v1/redemptions/<redemption_id>/reversal": lambda own: {"reason": "Mine now"},
}
# Things that this network lacks: a person with the right reads that.
LACKING = dict.fromkeys(
    (
        "GET /phone/<name>",
        "GET /static/<path:filename>",
        "GET /api/v1/player/timeline",
        "GET /api/v1/screens/<code>/explain",
        "GET /api/v1/creatives/<creative_id>/rounds/<round_id>/draw",
        "GET /console/creatives/<creative_id>/rounds/<round_id>/draw.json",
        "GET /console/creatives/<creative_id>/try",
        "POST /api/v1/screens/<code>/games/<int:spot_ms>/seat",
        "POST /sessions/<session_id>/end",
    ),
    MISSING,
)
STATUS = {"hardware": "box", "boot_id": "boot", "seq": 1, "now_ms": 0}
REPORTED = {"from_on": "2026-03-01", "until_on": "2026-03-31"}


@dataclass(frozen=True)
class Knock:
    """One try: a route with the own tenant's things, or with the other's."""

    route: str
    rule: Rule
    foreign: bool = False

    @property
    def in_api(self) -> bool:
        return self.rule.rule.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.route}{' of another' if self.foreign else ''}"


def knocks(app: Flask, *, foreign: bool) -> Iterator[Knock]:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"OPTIONS"}
        for method in sorted(methods - ({"HEAD"} if "GET" in methods else set())):
            route = f"{method} {rule.rule}"
            yield Knock(route, rule)
            if foreign and rule.arguments & {"campaign_id", "creative_id", "offer_id", "redemption_id"}:
                yield Knock(route, rule, foreign=True)


def open_route(network: Network, client: FlaskClient, knock: Knock, headers: Headers) -> TestResponse:
    things = {**network.ids, **(network.theirs if knock.foreign else network.own), "spot_ms": "0"}
    arguments = {name: things.get(name) or new_id() for name in knock.rule.arguments}
    path = network.app.url_map.bind("localhost").build(knock.rule.endpoint, arguments)
    body = BODIES.get(knock.route, lambda own: {})({**network.ids, **network.own})
    method = knock.route.partition(" ")[0]
    given: dict[str, Any] = {"query_string": REPORTED} if "/reports/" in path else {}
    if method != "GET":
        given = {"json": body} if knock.in_api else {"data": body}
    return client.open(path, method=method, headers=headers, buffered=True, **given)


def outcome(answer: TestResponse) -> str:
    if answer.status_code == 302 and answer.location.startswith("/sign-in?next="):
        return SENT_TO_SIGN_IN
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    return ALLOWED if answer.status_code < 500 else f"failed with {answer.status_code}"


def assert_outcomes(
    network: Network, headers: Headers, expected: Callable[[str, Knock], str], *, foreign: bool = False
) -> None:
    """With these headers every route is tried; what is refused writes nothing."""
    client, found = network.app.test_client(use_cookies=False), []
    for knock in knocks(network.app, foreign=foreign):
        expected_answer = expected(network.audience.get(knock.route, "no audience is listed"), knock)
        before = network.transactions
        got = outcome(open_route(network, client, knock, headers))
        if got not in expected_answer.split(" or "):
            found.append(f"{knock}: {got}, not {expected_answer}")
        elif got != ALLOWED and network.transactions > before:
            found.append(f"{knock}: {got}, and has written")
    assert not found, "\n" + "\n".join(found)


def for_strangers(audience: str, knock: Knock) -> str:
    if audience == "anyone":
        return LACKING.get(knock.route, ALLOWED)
    if audience == "link":
        return MISSING
    if audience == "enrolment":
        return f"{NOT_SIGNED_IN} or {MISSING}"
    return NOT_SIGNED_IN if knock.in_api else SENT_TO_SIGN_IN


def marks_of(audience: str) -> dict[str, str]:
    """Of each role in it, its mark: `*`, `~` or none."""
    return {word.rstrip("*~"): word[len(word.rstrip("*~")) :] for word in audience.split()}


def for_role(role: Role) -> Callable[[str, Knock], str]:
    def expected(audience: str, knock: Knock) -> str:
        if audience in ("anyone", "link", "box", "enrolment"):
            return for_strangers(audience, knock)
        through = LACKING.get(knock.route, ALLOWED)
        mark = "" if audience == "person" else marks_of(audience).get(role)
        if mark is None:
            return FORBIDDEN
        return {"*": FORBIDDEN, "~": MISSING, "": through}[mark] if knock.foreign else through

    return expected


def test_every_route_has_an_audience_and_every_audience_a_route(app: Flask) -> None:
    listed = audience_of_routes()
    assert {knock.route for knock in knocks(app, foreign=False)} == set(listed)


@pytest.mark.parametrize("role", list(Role))
def test_a_person_gets_through_where_their_role_may_and_only_to_their_own(network: Network, role: Role) -> None:
    assert_outcomes(network, person_of(network, role), for_role(role), foreign=True)


@pytest.mark.parametrize("role", KEY_ROLES)
def test_a_key_gets_through_in_the_api_as_its_role_and_on_no_page(network: Network, role: Role) -> None:
    def expected(audience: str, knock: Knock) -> str:
        return for_role(role)(audience, knock) if knock.in_api else for_strangers(audience, knock)

    assert_outcomes(network, key_of(network, role)[0], expected, foreign=True)


@pytest.mark.parametrize("role", SCOPES)
def test_no_list_of_the_api_shows_what_is_anothers(network: Network, role: Role) -> None:
    headers, client = person_of(network, role), network.app.test_client(use_cookies=False)
    for knock in knocks(network.app, foreign=False):
        if knock.in_api and knock.route.startswith("GET") and not knock.rule.arguments:
            shown = open_route(network, client, knock, headers).text
            assert not [name for name, id_ in network.theirs.items() if id_ in shown], knock


def test_no_form_is_taken_without_the_token_of_its_page(network: Network) -> None:
    """Of what a session alone would allow: boxes and phones bring a secret of their own, or change nothing of worth."""
    network.app.config["WTF_CSRF_ENABLED"] = True
    headers, client = person_of(network, Role.OWNER), network.app.test_client(use_cookies=False)
    for knock in knocks(network.app, foreign=False):
        if not knock.route.startswith("GET") and knock.rule.endpoint.partition(".")[0] not in WITHOUT_SESSION:
            answer = open_route(network, client, knock, headers)
            assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "stale_form"), knock


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_let_in_nowhere(network: Network, stranger: str) -> None:
    assert_outcomes(network, STRANGERS[stranger](network), for_strangers)


def test_a_box_gets_through_where_boxes_may_and_nowhere_else(network: Network) -> None:
    def expected(audience: str, knock: Knock) -> str:
        through = LACKING.get(knock.route, ALLOWED)
        return through if audience == "box" else for_strangers(audience, knock)

    assert_outcomes(network, network.box, expected)


def test_every_route_of_the_media_process_is_listed(network: Network, settings: Settings) -> None:
    app = create_media_app(settings)
    assert {knock.route for knock in knocks(app, foreign=False)} == set(MEDIA_ROUTES)
    app.extensions["liftcast"].engine.dispose()


# Headers that resumable uploads must have before anything else is read.
RESUMABLE = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Offset": "0"}


@pytest.mark.parametrize("who", ["owner", "key", "box", "nobody"])
def test_an_upload_needs_its_ticket_from_any_sender(network: Network, settings: Settings, who: str) -> None:
    app = create_media_app(settings)
    headers = {
        "owner": lambda: person_of(network, Role.OWNER),
        "key": lambda: key_of(network, Role.OPERATOR)[0],
        "box": lambda: network.box,
        "nobody": dict,
    }[who]()
    client = app.test_client(use_cookies=False)
    for knock in knocks(app, foreign=False):
        if "ticket" in knock.rule.arguments:
            answer = open_route(replace(network, app=app), client, knock, headers | RESUMABLE)
            assert answer.status_code == 403, knock
    app.extensions["liftcast"].engine.dispose()
