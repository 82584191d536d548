"""No message of a box or a phone makes an answer, a page or a later answer that shows it fail with a 5xx.

Covers: server.screens.health, server.web.player_api, server.web.wallet.claims
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from media.wire.certificates import CertificateRequest
from media.wire.enrolment import EnrolRequest
from media.wire.leases import HandOut, LeaseRequest
from media.wire.message import Message
from media.wire.phone import PhoneHello
from media.wire.plays import Play
from media.wire.status import CommandAnswer, Status
from server.accounts.models import Role
from server.db import new_id, transaction, utc_now
from server.http.limits import counting_tries, sending
from server.screens.commands import record_answer, send_command
from server.screens.models import CommandKind, Player, Screen
from tests.factories import bearer, make_offer, make_player, make_screen
from tests.rig.certificates import signing_request
from tests.server.web.conftest import SignIn

ODD_TEXTS = st.sampled_from(
    ["", "\ud800", "\0", "\u202e\u2066", "\x1b[2J", "<script>", "x" * 3000, "\ufdd0", "é\udfff\n", "{{ 1 }}", "%s"]
)
ODD = st.one_of(
    ODD_TEXTS,
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([None, True, 10**400, -1, [], {}, [[[]]], {"a": {"b": []}}]),
)


def messages(model: type[Message], sample: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The sample with some of its model's fields odd, in the shapes of their own kinds too."""
    schema = model.model_json_schema()
    fields = {name: _values(field, schema) for name, field in schema["properties"].items()}
    return st.fixed_dictionaries({}, optional=fields).map(lambda odd: {**sample, **odd})


def _values(field: dict[str, Any], schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in field:
        field = schema["$defs"][field["$ref"].rpartition("/")[2]]
    if "anyOf" in field:
        return st.one_of(*(_values(kind, schema) for kind in field["anyOf"]))
    if "enum" in field:
        return st.sampled_from(field["enum"]) | ODD
    match field.get("type"):
        case "object":
            parts = {name: _values(part, schema) for name, part in field["properties"].items()}
            return st.fixed_dictionaries(parts) | ODD
        case "array":
            return st.lists(_values(field.get("items", {}), schema), max_size=3) | ODD
        case "string" if "pattern" in field:
            return st.from_regex(field["pattern"], fullmatch=True) | ODD
        case "integer":
            return st.integers(0, 2**31 - 1) | ODD
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False, width=16) | ODD
        case "boolean":
            return st.booleans() | ODD
    return ODD


STATUS = {"hardware": "pi-0001", "boot_id": "b", "seq": 1, "now_ms": 1, "version": 1}
WORST = STATUS | {
    "seq": 9,
    "hardware": "\ud800\u202e",
    "display": "\ud800\0\u202e" * 2000,
    "software": "<b>\x1b[2J\udfff",
    "showing": "no such item",
    "clock_offset_ms": 7e12,
    "faults": [{"kind": "\x7e", "why": "\udfff<script>\u2066", "title": "\ud800"}] * 60,
    "files_missing": [{"digest": "a" * 64, "why": "\ud800\u202e"}] * 60,
    "override": {"starts_ms": 1, "item": "none", "why": "\ud800\u202e\0"},
}


@pytest.fixture
def player(engine: Engine) -> Player:
    with transaction(engine) as db:
        return make_player(db, screen=make_screen(db))


@pytest.fixture
def owner(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.OWNER)


def send(client: FlaskClient, path: str, body: Any, player: Player | None = None) -> int:
    """As a hostile program writes JSON: infinity, half surrogates and all."""
    headers = bearer(player) if player else {}
    return client.post(f"/api/v1/{path}", data=json.dumps(body), headers=headers).status_code


def shown_on(player: Player) -> tuple[str, ...]:
    return "/console/screens", f"/console/screens/{player.screen_id}", "/api/v1/screens"


def pages_of(app: Flask, player: Player, code: str) -> Iterator[str]:
    """Every address that shows a list, or something of this screen or player."""
    known = {"screen_id": player.screen_id, "player_id": player.id, "code": code}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= set(known) and not rule.endpoint.endswith("sign_out"):
            yield adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})


def code_of(engine: Engine, player: Player) -> str:
    with transaction(engine) as db:
        return db.get_one(Screen, player.screen_id).code


examples = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@examples
@given(message=messages(Status, STATUS) | ODD)
def test_no_status_breaks_the_pages_that_show_it(
    client: FlaskClient, owner: FlaskClient, player: Player, message: object
) -> None:
    assert send(client, "player/status", message, player) < 500
    assert [owner.get(page).status_code for page in shown_on(player)] == [200, 200, 200]


@examples
@given(plays=st.lists(messages(Play, {}) | ODD, max_size=4) | ODD)
def test_no_plays_are_a_fault_of_ours(client: FlaskClient, player: Player, plays: object) -> None:
    assert send(client, "player/plays", {"plays": plays}, player) < 500


@examples
@given(hand_outs=st.lists(messages(HandOut, {}) | ODD, max_size=4) | ODD, request=messages(LeaseRequest, {}) | ODD)
def test_no_report_of_leases_is_a_fault_of_ours(
    client: FlaskClient, player: Player, hand_outs: object, request: object
) -> None:
    assert send(client, "player/leases/claims", {"claims": hand_outs}, player) < 500
    assert send(client, "player/leases", request, player) < 500


@examples
@given(request=messages(CertificateRequest, {"signing_request": signing_request("k7m2pq.box.example.org")}) | ODD)
def test_no_signing_request_is_a_fault_of_ours(client: FlaskClient, player: Player, request: object) -> None:
    assert send(client, "player/certificate", request, player) < 500


@examples
@given(ask=messages(EnrolRequest, {"hardware": "pi-0001", "token_sha256": "a" * 64}) | ODD)
def test_no_enrolment_is_a_fault_of_ours(client: FlaskClient, ask: object) -> None:
    assert send(client, "players/enrol", ask) < 500


@examples
@given(given_=st.fixed_dictionaries({}, optional=dict.fromkeys(("screen", "presence", "key"), ODD)) | ODD)
def test_no_claim_is_a_fault_of_ours(client: FlaskClient, engine: Engine, given_: object) -> None:
    assert send(client, "offers/none/claims", given_) < 500


@pytest.mark.parametrize(
    "path",
    [
        "player/status",
        "player/plays",
        "player/leases",
        "player/leases/claims",
        "player/certificate",
        "players/enrol",
        "offers/none/claims",
    ],
)
def test_a_deep_or_unreadable_body_is_a_bad_request(client: FlaskClient, player: Player, path: str) -> None:
    headers = {**bearer(player), "Content-Type": "application/json"}
    for raw in ("[" * 50_000, '{"a":' * 19_000, "[" * 60 + "]" * 60, '{"a":NaN}', '"\\ud800', "1" * 5000, "\ufeff", ""):
        assert 400 <= client.post(f"/api/v1/{path}", data=raw, headers=headers).status_code < 500, raw[:20]


def test_a_hardware_id_of_megabytes_is_refused(client: FlaskClient, player: Player) -> None:
    huge = "x" * 3_500_000
    assert send(client, "player/status", STATUS | {"hardware": huge}, player) == 413
    assert send(client, "player/status", STATUS | {"hardware": huge[:50_000]}, player) == 422
    assert send(client, "players/enrol", {"hardware": huge, "token_sha256": "a" * 64}) == 413


def test_a_stranger_may_send_little(client: FlaskClient, engine: Engine) -> None:
    assert client.post("/sign-in", data={"email": "x" * 200_000}).status_code == 413
    assert send(client, "player/plays", {"plays": ["x" * 2_000_000]}) == 401


def test_the_worst_status_is_shown_on_every_page(
    app: Flask, engine: Engine, client: FlaskClient, owner: FlaskClient, player: Player
) -> None:
    assert send(client, "player/status", WORST, player) == 204
    with transaction(engine) as db:
        command = send_command(db, player.id, CommandKind.PICTURE, by=None, now=utc_now())
        record_answer(db, command.id, CommandAnswer(ok=False, why="\ud800\0\u202e" * 999), now=utc_now())
        row = db.get_one(Player, player.id)
        assert len(json.dumps(row.status)) < 20_000
    shown = {page: owner.get(page).status_code for page in pages_of(app, player, code_of(engine, player))}
    assert len(shown) > 30
    assert {page: status for page, status in shown.items() if status >= 500} == {}


def test_a_bad_status_that_was_stored_before_breaks_no_page(engine: Engine, owner: FlaskClient, player: Player) -> None:
    with transaction(engine) as db:
        db.get_one(Player, player.id).status = {**WORST, "clock_error_ms": None}
        db.get_one(Player, player.id).seen_at = utc_now()
    assert [owner.get(page).status_code for page in shown_on(player)] == [200, 200, 200]


@examples
@given(hello=messages(PhoneHello, {}) | ODD, answer=messages(CommandAnswer, {"ok": True}) | ODD)
def test_no_word_on_a_socket_is_longer_than_its_column(hello: object, answer: object) -> None:
    for model, value in ((PhoneHello, hello), (CommandAnswer, answer)):
        try:
            message = model.model_validate(value)
        except ValueError:
            continue
        assert all(len(str(part)) <= 300 for part in message.model_dump().values())
        json.dumps(message.model_dump(), ensure_ascii=False).encode()


def test_a_claim_with_an_odd_key_is_no_fault_of_ours(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        offer = make_offer(db, presence=False)
    for key in ("\x7f", "é" * 300, "x" * 5000, "'\"", new_id()):
        answer = client.post(f"/api/v1/offers/{offer.id}/claims", json={}, headers={"Idempotency-Key": key})
        assert answer.status_code < 500


@pytest.mark.parametrize(
    ("what", "path", "body"),
    [("statuses", "status", STATUS), ("plays", "plays", {"plays": []}), ("pictures", "picture", "no picture")],
)
def test_a_box_sends_so_much_a_minute_and_no_more(
    app: Flask, client: FlaskClient, engine: Engine, player: Player, what: str, path: str, body: Any
) -> None:
    with transaction(engine) as db:
        other = make_player(db, screen=make_screen(db))
    with app.app_context():
        for _ in range(119):
            with counting_tries(sending(what, player.id)):
                pass
    statuses = [send(client, f"player/{path}", body, box) for box in (player, player, other)]
    assert [status == 429 for status in statuses] == [False, True, False]
