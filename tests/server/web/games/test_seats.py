"""Seats and inputs of games over HTTP, and over the phone's socket.

Covers: media.phone.games, server.live.games
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from media.games.phases import phases_of
from media.presence import token_at
from media.wire.games import GameKind, GameSeat, GameState, Phrase
from media.wire.phone import Stage
from media.wire.timeline import GameCard, PhoneItem, ScreenSettings
from server.coupons.models import Phone
from server.creatives.games import GameDesign
from server.db import reading, to_ms, transaction, utc_now
from server.games.models import GameRound
from server.live.games import GameSender
from server.live.sockets import Sockets, make_sockets
from server.screens.models import Player, Screen
from tests.factories import make_creative, make_player, make_screen, token_of
from tests.rig.players.handmade_timeline import house_item, lay_timeline

LENGTH_MS = 60_000


@pytest.fixture
def screen(engine: Engine) -> Screen:
    """It shows a game, and nothing else; one began just now."""
    return a_screen(engine)


def a_screen(engine: Engine, *, box_referees: bool = False) -> Screen:
    phases = phases_of(0, LENGTH_MS)
    card = GameCard(
        kind=GameKind.RACE, call=Phrase(en="Run"), play_after_ms=phases.play_ms, result_after_ms=phases.result_ms
    )
    settings = ScreenSettings(box_referees=box_referees)
    with transaction(engine) as db:
        design = GameDesign(call=Phrase(en="Run")).model_dump(mode="json")
        creative = make_creative(db, kind="game", length_ms=LENGTH_MS, game=design)
        item = house_item(creative.id, kind="game")
        item = item.model_copy(update={"length_ms": LENGTH_MS, "phone": PhoneItem(image=item.screen, game=card)})
        screen = make_screen(db, code="BCDFGH")
        lay_timeline(db, screen, {creative.id: item}, house=(creative.id,), at=utc_now(), settings=settings)
    return screen


@pytest.fixture
def player(engine: Engine, screen: Screen) -> Player:
    with transaction(engine) as db:
        return make_player(db, screen=db.get(Screen, screen.id))


@pytest.fixture
def sockets(app: Flask) -> Sockets:
    return make_sockets(app, None)


def presence_at(screen: Screen) -> str:
    return token_at(screen.presence_key, to_ms(utc_now()))


def spot_of(client: FlaskClient) -> int:
    answer = client.get("/api/v1/screens/BCDFGH/stage")
    return Stage.model_validate(answer.json).spots[0].starts_ms


def take_seat(client: FlaskClient, screen: Screen, **more: Any) -> GameSeat:
    answer = client.post(f"/api/v1/screens/BCDFGH/games/{spot_of(client)}/seat", json={"presence": presence_at(screen)})
    assert answer.status_code == 201
    return GameSeat.model_validate(answer.json)


def test_a_phone_has_the_same_seat_at_each_call_and_another_phone_the_next(
    app: Flask, engine: Engine, screen: Screen
) -> None:
    client = app.test_client()
    assert take_seat(client, screen) == (seat := take_seat(client, screen))
    other = take_seat(app.test_client(), screen)
    assert (seat.seat, other.seat, seat.promise) == (0, 1, other.promise)
    with reading(engine) as db:
        assert len(db.exec(select(Phone)).all()) == 2
        assert len(db.exec(select(GameRound)).all()) == 1


@pytest.mark.parametrize("presence", ["", "AbCdEfGh12345678", "ё" * 64])
def test_only_a_phone_at_the_screen_plays(client: FlaskClient, engine: Engine, screen: Screen, presence: str) -> None:
    path = f"/api/v1/screens/BCDFGH/games/{spot_of(client)}/seat"
    refused = client.post(path, json={"presence": presence})
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "presence_asked")  # type: ignore[index]
    assert client.post(path).status_code == 403
    with reading(engine) as db:
        assert db.exec(select(GameRound)).all() == []


@pytest.mark.parametrize("spot_ms", [0, 1, 1 << 60])
def test_there_is_no_game_at_another_instant(client: FlaskClient, screen: Screen, spot_ms: int) -> None:
    body = {"presence": presence_at(screen)}
    assert client.post(f"/api/v1/screens/BCDFGH/games/{spot_ms}/seat", json=body).status_code == 404
    assert client.post(f"/api/v1/screens/NOBODY/games/{spot_ms}/seat", json=body).status_code == 404


@pytest.mark.parametrize(
    "body", [{"presence": "x" * 65}, {"presence": 5}, [], "x", {"ticket": "t" * 201}, {"taps": -1}, {"taps": 1 << 40}]
)
def test_a_message_that_is_none_is_refused_with_a_reason(client: FlaskClient, screen: Screen, body: object) -> None:
    for last in ("seat", "inputs"):
        answer = client.post(f"/api/v1/screens/BCDFGH/games/{spot_of(client)}/{last}", json=body)
        assert 400 <= answer.status_code < 500
        assert set(answer.json["error"]) >= {"code", "message", "remedy"}  # type: ignore[index]


def test_a_game_that_the_box_referees_is_played_on_the_screens_wifi(client: FlaskClient, engine: Engine) -> None:
    screen = a_screen(engine, box_referees=True)
    path = f"/api/v1/screens/BCDFGH/games/{spot_of(client)}/seat"
    refused = client.post(path, json={"presence": presence_at(screen)})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "game_at_box")  # type: ignore[index]
    stage = client.get("/api/v1/screens/BCDFGH/stage").json
    assert stage["games_at_box"], "phones say it before they are refused"  # type: ignore[index]
    with reading(engine) as db:
        assert db.exec(select(GameRound)).all() == []


def test_a_phone_without_a_socket_hears_how_the_game_stands(client: FlaskClient, screen: Screen) -> None:
    seat, spot = take_seat(client, screen), spot_of(client)
    body = {"spot": spot, "ticket": seat.ticket, "taps": 3}
    path = f"/api/v1/screens/BCDFGH/games/{spot}/inputs"
    answer = client.post(path, json=body)
    assert GameState.model_validate(answer.json) == GameState(spot=spot, joined=1, positions=(0,))
    assert (
        client.post(f"/api/v1/screens/BCDFGH/games/{spot}/inputs", json={"spot": spot, "ticket": "x"}).status_code
        == 404
    )


def test_the_state_goes_to_this_screens_phones_and_player_and_to_nobody_else(
    app: Flask, engine: Engine, screen: Screen, player: Player, sockets: Sockets
) -> None:
    with transaction(engine) as db:
        elsewhere = make_player(db, screen=make_screen(db, code="ELSEWH"))
    sender = GameSender(engine, sockets, app.extensions["liftcast"].referees)
    phone, box, other = (
        sockets.io.test_client(app, namespace=namespace, auth=auth)
        for namespace, auth in (
            ("/phone", {"screen": "BCDFGH"}),
            ("/player", {"token": token_of(player)}),
            ("/player", {"token": token_of(elsewhere)}),
        )
    )
    seat = take_seat(app.test_client(), screen)
    app.extensions["liftcast"].referees.tick(utc_now())
    [[state], [same]] = [client.get_received(namespace) for client, namespace in ((phone, "/phone"), (box, "/player"))]
    assert (state["name"], state["args"][0]["joined"]) == ("game", 1)
    assert same["args"] == state["args"]
    assert other.get_received("/player") == []
    spot = state["args"][0]["spot"]
    counted = [
        phone.emit("game", message, namespace="/phone", callback=True)
        for message in ({"spot": spot, "ticket": seat.ticket, "taps": 1}, {"spot": spot, "ticket": "x"}, {}, "x", None)
    ]
    assert counted == [True, False, False, False, False]
    assert sender._players_of(screen.id) == [player.id]
