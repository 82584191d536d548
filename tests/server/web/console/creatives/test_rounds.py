"""The rounds of a game on its page and in the API, and the record of a draw as a file.

Covers: server.web.operator_api.rounds
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from media.games.check_draw import check
from media.games.draws import draw_winners
from server.accounts.models import Role
from server.creatives.models import Creative
from server.db import transaction
from server.games.models import GameRound
from tests.factories import NOON, make_advertiser, make_creative, make_screen, saved
from tests.server.web.conftest import SignIn

SEED = bytes(range(32))


@pytest.fixture
def game(engine: Engine) -> Creative:
    with transaction(engine) as db:
        return make_creative(db, kind="game", title="Draw for noodles", advertiser_id=make_advertiser(db).id)


@pytest.fixture
def round_id(engine: Engine, game: Creative) -> str:
    winners = draw_winners(SEED, range(5), most=2)
    result = {"places": [], "winners": winners, "entrants": [*range(5)], "drawn": winners, "most": 2}
    counts = {"joined": 5, "played": 5, "finished": 5, "prizes": 2}
    at = {"starts_at": NOON, "saved_at": NOON, "settled_at": NOON, "length_ms": 30_000}
    with transaction(engine) as db:
        drawn = {"seed": SEED.hex(), "result": result | {"odds_ppm": 1_000_000}}
        return saved(db, GameRound(screen_id=make_screen(db).id, creative_id=game.id, **at, **drawn, **counts)).id


@pytest.mark.parametrize(("language", "heading"), [("en", "Rounds played"), ("zh", "已进行的对局")])
def test_the_page_of_a_game_lists_its_rounds(
    sign_in: SignIn, game: Creative, round_id: str, language: str, heading: str
) -> None:
    page = sign_in().get(f"/console/creatives/{game.id}", headers={"Accept-Language": language}).text
    assert heading in page
    assert f"/rounds/{round_id}/draw.json" in page


def test_a_game_that_was_not_played_lists_none(sign_in: SignIn, game: Creative) -> None:
    assert "Rounds played" not in sign_in().get(f"/console/creatives/{game.id}").text


def test_the_record_is_a_file_that_the_check_finds_correct(
    sign_in: SignIn, game: Creative, round_id: str, tmp_path: Path
) -> None:
    answer = sign_in().get(f"/console/creatives/{game.id}/rounds/{round_id}/draw.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    (tmp_path / "record.json").write_bytes(answer.data)
    assert check(tmp_path / "record.json") == []


def test_the_api_lists_rounds_and_has_the_same_record(sign_in: SignIn, game: Creative, round_id: str) -> None:
    client, base = sign_in(), f"/api/v1/creatives/{game.id}/rounds"
    [row] = client.get(base).get_json()["rounds"]
    assert (row["id"], row["joined"], row["prizes"], row["has_draw"]) == (round_id, 5, 2, True)
    record = client.get(f"{base}/{round_id}/draw").get_json()
    assert record == client.get(f"/console/creatives/{game.id}/rounds/{round_id}/draw.json").get_json()


@pytest.mark.parametrize(
    "address", ["/console/creatives/{}/rounds/{}/draw.json", "/api/v1/creatives/{}/rounds/{}/draw"]
)
def test_an_advertiser_gets_the_records_of_its_own_games_alone(
    sign_in: SignIn, engine: Engine, game: Creative, round_id: str, address: str
) -> None:
    with transaction(engine) as db:
        other = make_advertiser(db).id
    path = address.format(game.id, round_id)
    assert sign_in(Role.ADVERTISER, advertiser_id=game.advertiser_id).get(path).status_code == 200
    assert sign_in(Role.ADVERTISER, advertiser_id=other).get(path).status_code in (403, 404)
    assert sign_in().get(address.format(game.id, "none")).status_code == 404
