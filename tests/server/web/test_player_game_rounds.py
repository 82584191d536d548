"""The games that a box refereed, over HTTP.

Covers: server.web.player_api
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.store import MediaStore
from media.wire.game_rounds import MOST_ROUNDS, MOST_SEATS, RoundAnswers
from server.db import to_ms, utc_now
from tests.factories import bearer
from tests.server.games.test_box_rounds import LENGTH_MS, Box


@pytest.fixture
def box(engine: Engine, store: MediaStore) -> Box:
    return Box(engine, store)


def test_a_box_reports_its_rounds_over_http(client: FlaskClient, box: Box) -> None:
    ended = utc_now() - timedelta(milliseconds=LENGTH_MS)
    body = {"rounds": [box.report(starts_ms=to_ms(ended)).model_dump(mode="json")]}
    answer = client.post("/api/v1/player/games/rounds", json=body, headers=bearer(box.player))
    [given] = RoundAnswers.model_validate(answer.json).rounds
    assert (given.status, given.why, given.starts_ms) == ("accepted", "", to_ms(ended))
    assert client.post("/api/v1/player/games/rounds", json=body).status_code == 401


@pytest.mark.parametrize(
    "more", [{"joined": MOST_SEATS + 1}, {"seed": "x"}, {"starts_ms": -1}, {"prizes": [{"seat": 500, "claim": "x"}]}]
)
def test_a_report_beyond_its_bounds_is_refused(client: FlaskClient, box: Box, more: dict[str, Any]) -> None:
    one = box.report().model_dump(mode="json")
    for rounds in ([one | more], [one] * (MOST_ROUNDS + 1)):
        answer = client.post("/api/v1/player/games/rounds", json={"rounds": rounds}, headers=bearer(box.player))
        assert 400 <= answer.status_code < 500
    assert box.rounds() == []
