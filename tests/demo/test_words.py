from __future__ import annotations

from typing import get_args

from media.wire.plays import Play
from server.accounts.models import Role
from tests.demo.words import EN, ZH


def test_the_demo_says_everything_in_both_languages() -> None:
    assert EN.keys() == ZH.keys()
    assert [name for name in EN if not ZH[name].strip() or not EN[name].strip()] == []


def test_the_demo_has_a_word_for_every_role_and_for_all_that_a_play_can_be() -> None:
    kinds, results = (get_args(Play.model_fields[field].annotation) for field in ("kind", "result"))
    used = {*(f"kind_{kind}" for kind in kinds), *(f"result_{result}" for result in results)}
    assert len(used) >= 7
    assert used | {f"role_{role.value}" for role in Role} <= EN.keys()
