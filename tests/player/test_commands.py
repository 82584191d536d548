from __future__ import annotations

from typing import Any

import pytest

from player.commands import Commands


def test_a_known_command_is_carried_out_and_answered() -> None:
    done: list[str] = []
    assert Commands({"fetch": lambda: done.append("fetch")}).run({"id": "1", "do": "fetch"}) == {"ok": True}
    assert done == ["fetch"]


@pytest.mark.parametrize("do", ["dance", None, ["fetch"], {"fetch": 1}])
def test_an_unknown_command_is_answered_with_the_reason(do: Any) -> None:
    answer = Commands({"fetch": lambda: None}).run({"id": "1", "do": do})
    assert answer["ok"] is False
    assert "knows no command" in str(answer["why"])
