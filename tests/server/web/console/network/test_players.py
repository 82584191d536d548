"""Players in the console: enrolled, moved, revoked, and sent commands."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import Engine

from media.wire.enrolment import EnrolRequest
from media.wire.status import CommandAnswer
from server.accounts.models import AuditEntry, Role
from server.db import transaction, utc_now
from server.screens.commands import ANSWER_WITHIN, record_answer, send_command
from server.screens.enrol.enrolment import request_enrolment
from server.screens.models import CommandKind, Player, PlayerCommand
from tests.factories import make_player, make_screen
from tests.server.web.conftest import SignIn, rows


def test_the_code_on_a_box_enrols_it(sign_in: SignIn, engine: Engine) -> None:
    token_hash = hashlib.sha256(b"token").hexdigest()
    with transaction(engine) as db:
        screen = make_screen(db)
        enrolment = request_enrolment(db, EnrolRequest(hardware="box-1", token_sha256=token_hash), now=utc_now())
    client = sign_in()
    assert client.post(f"/console/screens/{screen.id}/enrol", data={"code": enrolment.code.lower()}).status_code == 302
    assert [player.screen_id for player in rows(engine, Player)] == [screen.id]


def test_a_box_is_enrolled_from_the_page_that_its_screen_names(sign_in: SignIn, engine: Engine) -> None:
    """The card says: Screens → Enrol."""
    token_hash = hashlib.sha256(b"token").hexdigest()
    with transaction(engine) as db:
        screen = make_screen(db)
        taken = make_screen(db, name="Has one")
        make_player(db, screen=taken)
        enrolment = request_enrolment(db, EnrolRequest(hardware="box-1", token_sha256=token_hash), now=utc_now())
    client, page = sign_in(), "/console/screens/enrol"
    assert f'href="{page}"' in client.get("/console/screens").text
    form = client.get(page).text
    assert f'value="{screen.id}"' in form
    assert f'value="{taken.id}"' not in form
    wrong = client.post(page, data={"code": "ZZZZZZ", "screen_id": screen.id})
    assert wrong.status_code == 404
    assert 'value="ZZZZZZ"' in wrong.text
    assert client.post(page, data={"code": enrolment.code, "screen_id": screen.id}).location.endswith(screen.id)
    assert {player.screen_id for player in rows(engine, Player)} == {screen.id, taken.id}
    assert "Every screen has a player." in client.get(page).text


def test_a_wrong_code_is_refused_and_stays_typed(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    answer = sign_in().post(f"/console/screens/{screen.id}/enrol", data={"code": "ZZZZZZ"})
    assert answer.status_code == 404
    assert "No box shows this code." in answer.text
    assert 'value="ZZZZZZ"' in answer.text


def test_a_box_is_moved_and_revoked(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        here, there = make_screen(db), make_screen(db, name="Car 2")
        player = make_player(db, screen=here)
    client = sign_in()
    client.post(f"/console/players/{player.id}/move", data={"screen_id": there.id})
    assert rows(engine, Player)[0].screen_id == there.id
    client.post(f"/console/players/{player.id}/revoke")
    assert rows(engine, Player)[0].revoked_at is not None


def test_a_command_is_sent_to_a_player_and_its_answer_is_shown(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    client, page = sign_in(), f"/console/screens/{screen.id}"
    commands = f"/console/players/{player.id}/commands"
    assert f'action="{commands}"' in client.get(page).text
    assert client.post(commands, data={"do": "picture"}).location == page
    assert [entry.facts for entry in rows(engine, AuditEntry) if entry.action == "player told"] == [{"do": "picture"}]
    assert "waiting for the player" in client.get(page).text
    command = rows(engine, PlayerCommand)[0]
    with transaction(engine) as db:
        record_answer(db, command.id, CommandAnswer(ok=True), now=utc_now())
    shown = client.get(page).text
    assert "acknowledged" in shown
    assert "waiting for the player" not in shown


def test_a_player_that_does_not_answer_or_refuses_is_shown_so(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
        long_ago = utc_now() - ANSWER_WITHIN - timedelta(seconds=1)
        send_command(db, player.id, CommandKind.PICTURE, by=None, now=long_ago)
        refused = send_command(db, player.id, CommandKind.IDENTIFY, by=None, now=utc_now())
        record_answer(db, refused.id, CommandAnswer(ok=False, why="this player knows no command"), now=utc_now())
    shown = sign_in().get(f"/console/screens/{screen.id}").text
    assert "timed out" in shown
    assert "this player knows no command" in shown


def test_only_operators_send_commands_and_only_known_ones(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    commands = f"/console/players/{player.id}/commands"
    viewer = sign_in(Role.VIEWER)
    assert viewer.post(commands, data={"do": "picture"}).status_code == 403
    assert f'action="{commands}"' not in viewer.get(f"/console/screens/{screen.id}").text
    operator = sign_in(email="operator@example.org")
    assert operator.post(commands, data={"do": "dance"}).status_code == 422
    assert operator.post(commands, data={}).status_code == 422
    assert operator.post("/console/players/never/commands", data={"do": "picture"}).status_code == 404
    assert rows(engine, PlayerCommand) == []
