from __future__ import annotations

from pathlib import Path

import pytest

from media.wire.games import GameKind, GameRules
from player.portal.games.saved_games import SavedGame, SavedGames

GAME = SavedGame(
    screen="screen", item="game", version=1, starts_ms=5, length_ms=20_000, rules=GameRules(kind=GameKind.RACE),
    offer="", seed="5" * 64,
)  # fmt: skip


@pytest.fixture
def games(tmp_path: Path) -> SavedGames:
    return SavedGames(tmp_path / "games.sqlite3")


def test_a_game_is_as_it_was_saved_last_until_it_is_removed(games: SavedGames) -> None:
    later = GAME.model_copy(update={"snapshot": "{}"})
    games.save(GAME)
    games.save(later)
    assert games.all() == [later]
    games.remove(GAME.starts_ms)
    assert games.all() == []


def test_a_disk_that_takes_nothing_costs_no_game(tmp_path: Path) -> None:
    games = SavedGames(tmp_path / "missing" / "games.sqlite3")
    games.save(GAME)
    games.remove(5)
    assert games.all() == []


def test_a_broken_file_is_deleted(games: SavedGames, tmp_path: Path) -> None:
    (tmp_path / "games.sqlite3").write_bytes(b"no database at all, " * 100)
    assert games.all() == []
    games.save(GAME)
    assert games.all() == [GAME]
