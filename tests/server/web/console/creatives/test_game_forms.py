from __future__ import annotations

import pytest

from media.wire.games import GameKind, Phrase, PrizeFor
from server.creatives.games import GameDesign
from server.web.console.creatives.game_forms import FORMS, GameForm, kind_of


@pytest.mark.parametrize("kind", GameKind)
def test_every_kind_has_a_form(kind: GameKind) -> None:
    assert kind_of({"kind": kind.value}) is kind
    assert issubclass(FORMS[kind], GameForm)


@pytest.mark.parametrize("fields", [{}, {"kind": ""}, {"kind": "chess"}])
def test_a_form_of_no_known_kind_sets_up_a_race(fields: dict[str, str]) -> None:
    assert kind_of(fields) is GameKind.RACE


def test_a_form_becomes_a_design() -> None:
    form = GameForm(call_en="Run", prize_for=PrizeFor.DRAWN, prizes=3)
    assert form.design() == GameDesign(call=Phrase(en="Run"), prize_for=PrizeFor.DRAWN, prizes=3)
