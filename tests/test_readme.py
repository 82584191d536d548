"""The README tells the truth about settings, and the two programs know each other's names."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from player import settings as player
from server import settings as server
from tests.settings_table import table_of

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.mark.parametrize("model", [server.Settings, player.Settings])
def test_the_readme_holds_every_setting_as_it_is(model: type[BaseModel]) -> None:
    assert table_of(model) in README


def test_each_program_knows_the_settings_that_only_the_other_reads() -> None:
    of_server, of_player = set(server.Settings.model_fields), set(player.Settings.model_fields)
    assert of_player - of_server == server.PLAYER_ONLY
    assert of_server - of_player == player.SERVER_ONLY
