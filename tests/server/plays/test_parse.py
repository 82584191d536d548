from __future__ import annotations

from typing import Any

import pytest

from media.wire.plays import Play, PlayAnswer
from server.plays.parse import MOST, BadBatch, merge_answers, read_plays


def play(n: int = 0, **more: Any) -> dict[str, Any]:
    facts = {"id": f"{n:026d}", "kind": "spot", "screen": "s", "item": "i", "version": 1, "result": "played"}
    return {**facts, "starts_ms": n, "began_ms": n, "ended_ms": n + 1, **more}


@pytest.mark.parametrize(
    "body", [None, [], "plays", 7, {}, {"plays": None}, {"plays": {}}, {"plays": [0] * (MOST + 1)}]
)
def test_a_body_that_is_no_batch_is_refused_whole(body: object) -> None:
    with pytest.raises(BadBatch):
        read_plays(body)


@pytest.mark.parametrize("plays", [[], [play(n) for n in range(MOST)]])
def test_a_batch_may_be_empty_or_full(plays: list[dict[str, Any]]) -> None:
    read = read_plays({"plays": plays})
    assert [isinstance(entry, Play) for entry in read] == [True] * len(plays)


@pytest.mark.parametrize(
    ("odd", "id_"),
    [
        (None, ""),
        ("play", ""),
        ([], ""),
        ({}, ""),
        (play(1, id="short"), "short"),
        (play(1, id="名" * 500), "名" * 64),
        (play(1, starts_ms="soon"), play(1)["id"]),
        (play(1, kind="dance"), play(1)["id"]),
    ],
)
def test_an_odd_play_is_refused_for_good_in_its_place_and_stops_no_other(odd: object, id_: str) -> None:
    first, refused, last = read_plays({"plays": [play(0), odd, play(2)]})
    assert (first, last) == (Play.model_validate(play(0)), Play.model_validate(play(2)))
    assert isinstance(refused, PlayAnswer)
    assert (refused.id, refused.status, refused.final) == (id_, "refused", True)
    assert refused.why


def test_answers_are_in_the_order_of_the_plays() -> None:
    read = read_plays({"plays": [None, play(1), {}, play(3)]})
    answers = [PlayAnswer(id=play(n)["id"], status="accepted") for n in (1, 3)]
    merged = merge_answers(read, answers)
    assert [answer.status for answer in merged] == ["refused", "accepted", "refused", "accepted"]
    assert merged[1::2] == tuple(answers)
    assert merge_answers([], []) == ()
