"""A game is tried in the console before it is booked, by its board and its phones."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.phone.page import Bundle, NotBuilt
from media.wire.games import Phrase
from server.creatives.games import GameDesign
from server.creatives.models import Creative
from server.db import transaction
from server.games.models import GameRound
from server.settings import Settings
from server.web.games import previews
from tests.factories import NOON, make_creative, make_offer
from tests.server.web.conftest import SignIn, rows

PHONE = {"phone": "0123456789abcdef"}


@pytest.fixture
def game(engine: Engine) -> Creative:
    design = GameDesign(call=Phrase(en="Run"), colour="#c8102e").model_dump(mode="json")
    with transaction(engine) as db:
        offer = make_offer(db, title="Noodles")
        return make_creative(db, kind="game", length_ms=20_000, game=design, offer_id=offer.id, language="en")


def address_in(page: str) -> str:
    return page.partition('data-address="')[2].partition('"')[0]


def test_the_console_shows_board_phone_and_code(sign_in: SignIn, game: Creative) -> None:
    page = sign_in().get(f"/console/creatives/{game.id}/try").text
    address = address_in(page)
    assert address.startswith("/try/")
    assert all(part in page for part in ("<svg", "<iframe", "board.jpg", "Another round"))
    assert "Try the game" in sign_in().get(f"/console/creatives/{game.id}").text


def test_a_phone_plays_without_signing_in_and_nothing_is_stored(
    sign_in: SignIn, game: Creative, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "utc_now", lambda: NOON)
    client = sign_in()
    address = address_in(client.get(f"/console/creatives/{game.id}/try").text)
    client.delete_cookie("liftcast")
    first = client.get(f"{address}/game").json
    assert first is not None
    assert (first["state"]["joined"], first["item"]["phone"]["game"]["prize"]["title"]) == (0, "Noodles")
    picture = client.get(f"{address}/board.jpg?shape=old")
    assert picture.mimetype == "image/jpeg"
    assert client.post(f"{address}/seat", json=PHONE).status_code == 409  # it begins in a moment
    assert client.post(f"{address}/seat", json={"phone": "<b>"}).status_code == 422
    given = {"spot": first["starts_ms"], "ticket": "preview 1", "taps": 5}
    assert client.post(f"{address}/inputs", json=given).json["joined"] == 0  # type: ignore[index]
    assert client.post(f"{address}/round").status_code == 201
    assert client.get(f"{address}/game").json["starts_ms"] >= first["starts_ms"]  # type: ignore[index]
    assert rows(engine, GameRound) == []


def test_the_phones_page_is_private_and_its_frames_are_of_the_media_process(
    sign_in: SignIn, game: Creative, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "read_bundle", lambda: Bundle("page-A1.js", "style-B2.css", "try-C3.js"))
    client = sign_in()
    page = client.get(address_in(client.get(f"/console/creatives/{game.id}/try").text))
    assert "/phone/try-C3.js" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert settings.media_url in policy["frame-src"]


def test_a_phones_page_that_is_not_built_says_what_to_run(
    sign_in: SignIn, game: Creative, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Bundle:
        raise NotBuilt

    monkeypatch.setattr(previews, "read_bundle", missing)
    client = sign_in()
    answer = client.get(
        address_in(client.get(f"/console/creatives/{game.id}/try").text), headers={"Accept": "text/html"}
    )
    assert answer.status_code == 503
    assert "make setup" in answer.text


def test_an_address_that_is_over_says_so_in_words(client: FlaskClient) -> None:
    for path in ("", "/game", "/board.jpg"):
        answer = client.get(f"/try/nothing{path}")
        assert (answer.status_code, "This preview is over" in answer.text) == (404, True)


def test_another_creative_cannot_be_tried_nor_a_game_that_is_not_ready(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        film = make_creative(db, kind="video")
        design = GameDesign(call=Phrase(en="Run")).model_dump(mode="json")
        waiting = make_creative(db, kind="game", ready=False, length_ms=20_000, game=design, language="en")
    for creative in (film, waiting):
        assert sign_in().get(f"/console/creatives/{creative.id}/try").status_code == 404
